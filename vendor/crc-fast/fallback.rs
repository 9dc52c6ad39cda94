//! What was changed: tables that are made when they are first needed. Processors without carry-less
//! multiplication use them, which the machines that build and test this have.

use super::update;
use crate::CrcAlgorithm::{
    Crc16Arc, Crc16Xmodem, Crc32Bzip2, Crc32Iscsi, Crc32IsoHdlc, Crc64Nvme, Crc64We,
};
use crate::{arch, get_calculator_params};

#[test]
fn tables_and_instructions_agree() {
    let data: Vec<u8> = (0..700_u32).map(|index| (index * index % 251) as u8).collect();
    for algorithm in [
        Crc16Arc, Crc16Xmodem, Crc32Bzip2, Crc32Iscsi, Crc32IsoHdlc, Crc64Nvme, Crc64We,
    ] {
        let params = get_calculator_params(algorithm).1;
        let begin = params.init_algorithm;
        let check = update(begin, b"123456789", &params) ^ params.xorout;
        assert_eq!(check, params.check, "{algorithm}");
        for length in 0..data.len() {
            let bytes = &data[..length];
            // SAFETY: it detects what the processor can.
            let fast = unsafe { arch::update(begin, bytes, &params) };
            assert_eq!(update(begin, bytes, &params), fast, "{algorithm}, {length}");
        }
    }
}
