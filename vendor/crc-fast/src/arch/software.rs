// Copyright 2025 Don MacAskill. Licensed under MIT or Apache-2.0.

//! This module contains a software fallback for unsupported architectures.

use crate::CrcParams;

// ============================================================================
// Native Table Generation Functions
// ============================================================================

/// Computes a single CRC-16 value for table generation.
const fn crc16_single(poly: u16, reflect: bool, mut value: u16) -> u16 {
    if reflect {
        let mut i = 0;
        while i < 8 {
            value = (value >> 1) ^ ((value & 1) * poly);
            i += 1;
        }
    } else {
        value <<= 8;
        let mut i = 0;
        while i < 8 {
            value = (value << 1) ^ (((value >> 15) & 1) * poly);
            i += 1;
        }
    }
    value
}

/// Computes a single CRC-32 value for table generation.
const fn crc32_single(poly: u32, reflect: bool, mut value: u32) -> u32 {
    if reflect {
        let mut i = 0;
        while i < 8 {
            value = (value >> 1) ^ ((value & 1) * poly);
            i += 1;
        }
    } else {
        value <<= 24;
        let mut i = 0;
        while i < 8 {
            value = (value << 1) ^ (((value >> 31) & 1) * poly);
            i += 1;
        }
    }
    value
}

/// Computes a single CRC-64 value for table generation.
const fn crc64_single(poly: u64, reflect: bool, mut value: u64) -> u64 {
    if reflect {
        let mut i = 0;
        while i < 8 {
            value = (value >> 1) ^ ((value & 1) * poly);
            i += 1;
        }
    } else {
        value <<= 56;
        let mut i = 0;
        while i < 8 {
            value = (value << 1) ^ (((value >> 63) & 1) * poly);
            i += 1;
        }
    }
    value
}

/// Generates a 16-lane lookup table for CRC-16 calculations.
///
/// This function creates a table compatible with the `crc` crate's `Table<16>` format,
/// enabling processing of 16 bytes at a time for improved performance.
pub const fn generate_table_u16(width: u8, poly: u16, reflect: bool) -> [[u16; 256]; 16] {
    let poly = if reflect {
        let poly = poly.reverse_bits();
        poly >> (16u8 - width)
    } else {
        poly << (16u8 - width)
    };

    let mut table = [[0u16; 256]; 16];

    // Generate first table (lane 0) directly
    let mut i = 0;
    while i < 256 {
        table[0][i] = crc16_single(poly, reflect, i as u16);
        i += 1;
    }

    // Generate subsequent lanes based on lane 0
    let mut i = 0;
    while i < 256 {
        let mut e = 1;
        while e < 16 {
            let one_lower = table[e - 1][i];
            if reflect {
                table[e][i] = (one_lower >> 8) ^ table[0][(one_lower & 0xFF) as usize];
            } else {
                table[e][i] = (one_lower << 8) ^ table[0][((one_lower >> 8) & 0xFF) as usize];
            }
            e += 1;
        }
        i += 1;
    }

    table
}

/// Generates a 16-lane lookup table for CRC-32 calculations.
///
/// This function creates a table compatible with the `crc` crate's `Table<16>` format,
/// enabling processing of 16 bytes at a time for improved performance.
pub const fn generate_table_u32(width: u8, poly: u32, reflect: bool) -> [[u32; 256]; 16] {
    let poly = if reflect {
        let poly = poly.reverse_bits();
        poly >> (32u8 - width)
    } else {
        poly << (32u8 - width)
    };

    let mut table = [[0u32; 256]; 16];

    // Generate first table (lane 0) directly
    let mut i = 0;
    while i < 256 {
        table[0][i] = crc32_single(poly, reflect, i as u32);
        i += 1;
    }

    // Generate subsequent lanes based on lane 0
    let mut i = 0;
    while i < 256 {
        let mut e = 1;
        while e < 16 {
            let one_lower = table[e - 1][i];
            if reflect {
                table[e][i] = (one_lower >> 8) ^ table[0][(one_lower & 0xFF) as usize];
            } else {
                table[e][i] = (one_lower << 8) ^ table[0][((one_lower >> 24) & 0xFF) as usize];
            }
            e += 1;
        }
        i += 1;
    }

    table
}

/// Generates a 16-lane lookup table for CRC-64 calculations.
///
/// This function creates a table compatible with the `crc` crate's `Table<16>` format,
/// enabling processing of 16 bytes at a time for improved performance.
pub const fn generate_table_u64(width: u8, poly: u64, reflect: bool) -> [[u64; 256]; 16] {
    let poly = if reflect {
        let poly = poly.reverse_bits();
        poly >> (64u8 - width)
    } else {
        poly << (64u8 - width)
    };

    let mut table = [[0u64; 256]; 16];

    // Generate first table (lane 0) directly
    let mut i = 0;
    while i < 256 {
        table[0][i] = crc64_single(poly, reflect, i as u64);
        i += 1;
    }

    // Generate subsequent lanes based on lane 0
    let mut i = 0;
    while i < 256 {
        let mut e = 1;
        while e < 16 {
            let one_lower = table[e - 1][i];
            if reflect {
                table[e][i] = (one_lower >> 8) ^ table[0][(one_lower & 0xFF) as usize];
            } else {
                table[e][i] = (one_lower << 8) ^ table[0][((one_lower >> 56) & 0xFF) as usize];
            }
            e += 1;
        }
        i += 1;
    }

    table
}

// ============================================================================
// Caching for custom CRC algorithms
// ============================================================================

#[cfg(feature = "alloc")]
#[cfg(feature = "std")]
use std::collections::HashMap;
#[cfg(feature = "alloc")]
#[cfg(feature = "std")]
use std::sync::{Mutex, OnceLock};

#[cfg(feature = "alloc")]
#[cfg(all(not(feature = "std"), feature = "cache"))]
use hashbrown::HashMap;
#[cfg(feature = "alloc")]
#[cfg(all(not(feature = "std"), feature = "cache"))]
use spin::{Mutex, Once};

// Cache key types for custom algorithms
#[cfg(feature = "alloc")]
#[cfg(any(feature = "std", feature = "cache"))]
type Crc16Key = (u16, u16, bool, bool, u16, u16);
#[cfg(feature = "alloc")]
#[cfg(any(feature = "std", feature = "cache"))]
type Crc32Key = (u32, u32, bool, bool, u32, u32);
#[cfg(feature = "alloc")]
#[cfg(any(feature = "std", feature = "cache"))]
type Crc64Key = (u64, u64, bool, bool, u64, u64);

// Cache value types for custom algorithms - stores the generated table
#[cfg(feature = "alloc")]
#[cfg(any(feature = "std", feature = "cache"))]
type Crc16CacheValue = &'static [[u16; 256]; 16];
#[cfg(feature = "alloc")]
#[cfg(any(feature = "std", feature = "cache"))]
type Crc32CacheValue = &'static [[u32; 256]; 16];
#[cfg(feature = "alloc")]
#[cfg(any(feature = "std", feature = "cache"))]
type Crc64CacheValue = &'static [[u64; 256]; 16];

// Global caches for custom algorithms (std version)
#[cfg(feature = "alloc")]
#[cfg(feature = "std")]
static CUSTOM_CRC16_CACHE: OnceLock<Mutex<HashMap<Crc16Key, Crc16CacheValue>>> = OnceLock::new();
#[cfg(feature = "alloc")]
#[cfg(feature = "std")]
static CUSTOM_CRC32_CACHE: OnceLock<Mutex<HashMap<Crc32Key, Crc32CacheValue>>> = OnceLock::new();
#[cfg(feature = "alloc")]
#[cfg(feature = "std")]
static CUSTOM_CRC64_CACHE: OnceLock<Mutex<HashMap<Crc64Key, Crc64CacheValue>>> = OnceLock::new();

// Global caches for custom algorithms (no_std + cache version)
#[cfg(feature = "alloc")]
#[cfg(all(not(feature = "std"), feature = "cache"))]
static CUSTOM_CRC16_CACHE: Once<Mutex<HashMap<Crc16Key, Crc16CacheValue>>> = Once::new();
#[cfg(feature = "alloc")]
#[cfg(all(not(feature = "std"), feature = "cache"))]
static CUSTOM_CRC32_CACHE: Once<Mutex<HashMap<Crc32Key, Crc32CacheValue>>> = Once::new();
#[cfg(feature = "alloc")]
#[cfg(all(not(feature = "std"), feature = "cache"))]
static CUSTOM_CRC64_CACHE: Once<Mutex<HashMap<Crc64Key, Crc64CacheValue>>> = Once::new();

// ============================================================================
// Main dispatch function
// ============================================================================

#[allow(unused)]
#[allow(deprecated)]
pub(crate) fn update(state: u64, data: &[u8], params: &CrcParams) -> u64 {
    match params.width {
        16 => update_crc16(state as u16, data, params) as u64,
        32 => update_crc32(state as u32, data, params) as u64,
        64 => update_crc64(state, data, params),
        _ => panic!("Unsupported CRC width: {}", params.width),
    }
}

// ============================================================================
// CRC-16 dispatch
// ============================================================================

fn update_crc16(state: u16, data: &[u8], params: &CrcParams) -> u16 {
    update_crc16_custom(state, data, params)
}

#[cfg(feature = "alloc")]
fn update_crc16_custom(state: u16, data: &[u8], params: &CrcParams) -> u16 {
    extern crate alloc;
    use alloc::boxed::Box;

    let refin = params.refin;

    #[cfg(any(feature = "std", feature = "cache"))]
    let table: &'static [[u16; 256]; 16] = {
        let key: Crc16Key = (
            params.poly as u16,
            params.init as u16,
            params.refin,
            params.refout,
            params.xorout as u16,
            params.check as u16,
        );

        #[cfg(feature = "std")]
        {
            let cache = CUSTOM_CRC16_CACHE.get_or_init(|| Mutex::new(HashMap::new()));
            let mut cache_guard = cache.lock().unwrap();

            cache_guard.entry(key).or_insert_with(|| {
                let table = generate_table_u16(params.width, params.poly as u16, refin);
                Box::leak(Box::new(table))
            })
        }

        #[cfg(all(not(feature = "std"), feature = "cache"))]
        {
            let cache = CUSTOM_CRC16_CACHE.call_once(|| Mutex::new(HashMap::new()));
            let mut cache_guard = cache.lock();

            cache_guard.entry(key).or_insert_with(|| {
                let table = generate_table_u16(params.width, params.poly as u16, refin);
                Box::leak(Box::new(table))
            })
        }
    };

    #[cfg(not(any(feature = "std", feature = "cache")))]
    let table: &'static [[u16; 256]; 16] = {
        let table = generate_table_u16(params.width, params.poly as u16, refin);
        Box::leak(Box::new(table))
    };

    native_update_u16(state, table, refin, data)
}

#[cfg(not(feature = "alloc"))]
fn update_crc16_custom(_state: u16, _data: &[u8], _params: &CrcParams) -> u16 {
    panic!("Custom CRC parameters require the 'alloc' feature")
}

// ============================================================================
// CRC-32 dispatch
// ============================================================================

fn update_crc32(state: u32, data: &[u8], params: &CrcParams) -> u32 {
    update_crc32_custom(state, data, params)
}

#[cfg(feature = "alloc")]
fn update_crc32_custom(state: u32, data: &[u8], params: &CrcParams) -> u32 {
    extern crate alloc;
    use alloc::boxed::Box;

    let refin = params.refin;

    #[cfg(any(feature = "std", feature = "cache"))]
    let table: &'static [[u32; 256]; 16] = {
        let key: Crc32Key = (
            params.poly as u32,
            params.init as u32,
            params.refin,
            params.refout,
            params.xorout as u32,
            params.check as u32,
        );

        #[cfg(feature = "std")]
        {
            let cache = CUSTOM_CRC32_CACHE.get_or_init(|| Mutex::new(HashMap::new()));
            let mut cache_guard = cache.lock().unwrap();

            cache_guard.entry(key).or_insert_with(|| {
                let table = generate_table_u32(params.width, params.poly as u32, refin);
                Box::leak(Box::new(table))
            })
        }

        #[cfg(all(not(feature = "std"), feature = "cache"))]
        {
            let cache = CUSTOM_CRC32_CACHE.call_once(|| Mutex::new(HashMap::new()));
            let mut cache_guard = cache.lock();

            cache_guard.entry(key).or_insert_with(|| {
                let table = generate_table_u32(params.width, params.poly as u32, refin);
                Box::leak(Box::new(table))
            })
        }
    };

    #[cfg(not(any(feature = "std", feature = "cache")))]
    let table: &'static [[u32; 256]; 16] = {
        let table = generate_table_u32(params.width, params.poly as u32, refin);
        Box::leak(Box::new(table))
    };

    native_update_u32(state, table, refin, data)
}

#[cfg(not(feature = "alloc"))]
fn update_crc32_custom(_state: u32, _data: &[u8], _params: &CrcParams) -> u32 {
    panic!("Custom CRC parameters require the 'alloc' feature")
}

// ============================================================================
// CRC-64 dispatch
// ============================================================================

fn update_crc64(state: u64, data: &[u8], params: &CrcParams) -> u64 {
    update_crc64_custom(state, data, params)
}

#[cfg(feature = "alloc")]
fn update_crc64_custom(state: u64, data: &[u8], params: &CrcParams) -> u64 {
    extern crate alloc;
    use alloc::boxed::Box;

    let refin = params.refin;

    #[cfg(any(feature = "std", feature = "cache"))]
    let table: &'static [[u64; 256]; 16] = {
        let key: Crc64Key = (
            params.poly,
            params.init,
            params.refin,
            params.refout,
            params.xorout,
            params.check,
        );

        #[cfg(feature = "std")]
        {
            let cache = CUSTOM_CRC64_CACHE.get_or_init(|| Mutex::new(HashMap::new()));
            let mut cache_guard = cache.lock().unwrap();

            cache_guard.entry(key).or_insert_with(|| {
                let table = generate_table_u64(params.width, params.poly, refin);
                Box::leak(Box::new(table))
            })
        }

        #[cfg(all(not(feature = "std"), feature = "cache"))]
        {
            let cache = CUSTOM_CRC64_CACHE.call_once(|| Mutex::new(HashMap::new()));
            let mut cache_guard = cache.lock();

            cache_guard.entry(key).or_insert_with(|| {
                let table = generate_table_u64(params.width, params.poly, refin);
                Box::leak(Box::new(table))
            })
        }
    };

    #[cfg(not(any(feature = "std", feature = "cache")))]
    let table: &'static [[u64; 256]; 16] = {
        let table = generate_table_u64(params.width, params.poly, refin);
        Box::leak(Box::new(table))
    };

    native_update_u64(state, table, refin, data)
}

#[cfg(not(feature = "alloc"))]
fn update_crc64_custom(_state: u64, _data: &[u8], _params: &CrcParams) -> u64 {
    panic!("Custom CRC parameters require the 'alloc' feature")
}

// ============================================================================
// Native CRC Update Functions (Table<16> equivalent)
// ============================================================================

/// Native CRC-16 update function using 16-lane lookup tables.
///
/// Processes 16 bytes at a time for improved performance, then handles
/// remaining bytes with single-byte lookups.
#[allow(dead_code)]
pub(crate) fn native_update_u16(
    mut crc: u16,
    table: &[[u16; 256]; 16],
    reflect: bool,
    bytes: &[u8],
) -> u16 {
    let len = bytes.len();
    let mut i = 0;

    // Process 16 bytes at a time
    while i + 16 <= len {
        if reflect {
            let current0 = bytes[i] ^ (crc as u8);
            let current1 = bytes[i + 1] ^ ((crc >> 8) as u8);

            crc = table[0][bytes[i + 15] as usize]
                ^ table[1][bytes[i + 14] as usize]
                ^ table[2][bytes[i + 13] as usize]
                ^ table[3][bytes[i + 12] as usize]
                ^ table[4][bytes[i + 11] as usize]
                ^ table[5][bytes[i + 10] as usize]
                ^ table[6][bytes[i + 9] as usize]
                ^ table[7][bytes[i + 8] as usize]
                ^ table[8][bytes[i + 7] as usize]
                ^ table[9][bytes[i + 6] as usize]
                ^ table[10][bytes[i + 5] as usize]
                ^ table[11][bytes[i + 4] as usize]
                ^ table[12][bytes[i + 3] as usize]
                ^ table[13][bytes[i + 2] as usize]
                ^ table[14][current1 as usize]
                ^ table[15][current0 as usize];
        } else {
            let current0 = bytes[i] ^ ((crc >> 8) as u8);
            let current1 = bytes[i + 1] ^ (crc as u8);

            crc = table[0][bytes[i + 15] as usize]
                ^ table[1][bytes[i + 14] as usize]
                ^ table[2][bytes[i + 13] as usize]
                ^ table[3][bytes[i + 12] as usize]
                ^ table[4][bytes[i + 11] as usize]
                ^ table[5][bytes[i + 10] as usize]
                ^ table[6][bytes[i + 9] as usize]
                ^ table[7][bytes[i + 8] as usize]
                ^ table[8][bytes[i + 7] as usize]
                ^ table[9][bytes[i + 6] as usize]
                ^ table[10][bytes[i + 5] as usize]
                ^ table[11][bytes[i + 4] as usize]
                ^ table[12][bytes[i + 3] as usize]
                ^ table[13][bytes[i + 2] as usize]
                ^ table[14][current1 as usize]
                ^ table[15][current0 as usize];
        }
        i += 16;
    }

    // Process remaining bytes one at a time
    if reflect {
        while i < len {
            let table_index = ((crc ^ bytes[i] as u16) & 0xFF) as usize;
            crc = table[0][table_index] ^ (crc >> 8);
            i += 1;
        }
    } else {
        while i < len {
            let table_index = (((crc >> 8) ^ bytes[i] as u16) & 0xFF) as usize;
            crc = table[0][table_index] ^ (crc << 8);
            i += 1;
        }
    }

    crc
}

/// Native CRC-32 update function using 16-lane lookup tables.
///
/// Processes 16 bytes at a time for improved performance, then handles
/// remaining bytes with single-byte lookups.
#[allow(dead_code)]
pub(crate) fn native_update_u32(
    mut crc: u32,
    table: &[[u32; 256]; 16],
    reflect: bool,
    bytes: &[u8],
) -> u32 {
    let len = bytes.len();
    let mut i = 0;

    // Process 16 bytes at a time
    while i + 16 <= len {
        if reflect {
            let current0 = bytes[i] ^ (crc as u8);
            let current1 = bytes[i + 1] ^ ((crc >> 8) as u8);
            let current2 = bytes[i + 2] ^ ((crc >> 16) as u8);
            let current3 = bytes[i + 3] ^ ((crc >> 24) as u8);

            crc = table[0][bytes[i + 15] as usize]
                ^ table[1][bytes[i + 14] as usize]
                ^ table[2][bytes[i + 13] as usize]
                ^ table[3][bytes[i + 12] as usize]
                ^ table[4][bytes[i + 11] as usize]
                ^ table[5][bytes[i + 10] as usize]
                ^ table[6][bytes[i + 9] as usize]
                ^ table[7][bytes[i + 8] as usize]
                ^ table[8][bytes[i + 7] as usize]
                ^ table[9][bytes[i + 6] as usize]
                ^ table[10][bytes[i + 5] as usize]
                ^ table[11][bytes[i + 4] as usize]
                ^ table[12][current3 as usize]
                ^ table[13][current2 as usize]
                ^ table[14][current1 as usize]
                ^ table[15][current0 as usize];
        } else {
            let current0 = bytes[i] ^ ((crc >> 24) as u8);
            let current1 = bytes[i + 1] ^ ((crc >> 16) as u8);
            let current2 = bytes[i + 2] ^ ((crc >> 8) as u8);
            let current3 = bytes[i + 3] ^ (crc as u8);

            crc = table[0][bytes[i + 15] as usize]
                ^ table[1][bytes[i + 14] as usize]
                ^ table[2][bytes[i + 13] as usize]
                ^ table[3][bytes[i + 12] as usize]
                ^ table[4][bytes[i + 11] as usize]
                ^ table[5][bytes[i + 10] as usize]
                ^ table[6][bytes[i + 9] as usize]
                ^ table[7][bytes[i + 8] as usize]
                ^ table[8][bytes[i + 7] as usize]
                ^ table[9][bytes[i + 6] as usize]
                ^ table[10][bytes[i + 5] as usize]
                ^ table[11][bytes[i + 4] as usize]
                ^ table[12][current3 as usize]
                ^ table[13][current2 as usize]
                ^ table[14][current1 as usize]
                ^ table[15][current0 as usize];
        }
        i += 16;
    }

    // Process remaining bytes one at a time
    if reflect {
        while i < len {
            let table_index = ((crc ^ bytes[i] as u32) & 0xFF) as usize;
            crc = table[0][table_index] ^ (crc >> 8);
            i += 1;
        }
    } else {
        while i < len {
            let table_index = (((crc >> 24) ^ bytes[i] as u32) & 0xFF) as usize;
            crc = table[0][table_index] ^ (crc << 8);
            i += 1;
        }
    }

    crc
}

/// Native CRC-64 update function using 16-lane lookup tables.
///
/// Processes 16 bytes at a time for improved performance, then handles
/// remaining bytes with single-byte lookups.
#[allow(dead_code)]
pub(crate) fn native_update_u64(
    mut crc: u64,
    table: &[[u64; 256]; 16],
    reflect: bool,
    bytes: &[u8],
) -> u64 {
    let len = bytes.len();
    let mut i = 0;

    // Process 16 bytes at a time
    while i + 16 <= len {
        if reflect {
            let current0 = bytes[i] ^ (crc as u8);
            let current1 = bytes[i + 1] ^ ((crc >> 8) as u8);
            let current2 = bytes[i + 2] ^ ((crc >> 16) as u8);
            let current3 = bytes[i + 3] ^ ((crc >> 24) as u8);
            let current4 = bytes[i + 4] ^ ((crc >> 32) as u8);
            let current5 = bytes[i + 5] ^ ((crc >> 40) as u8);
            let current6 = bytes[i + 6] ^ ((crc >> 48) as u8);
            let current7 = bytes[i + 7] ^ ((crc >> 56) as u8);

            crc = table[0][bytes[i + 15] as usize]
                ^ table[1][bytes[i + 14] as usize]
                ^ table[2][bytes[i + 13] as usize]
                ^ table[3][bytes[i + 12] as usize]
                ^ table[4][bytes[i + 11] as usize]
                ^ table[5][bytes[i + 10] as usize]
                ^ table[6][bytes[i + 9] as usize]
                ^ table[7][bytes[i + 8] as usize]
                ^ table[8][current7 as usize]
                ^ table[9][current6 as usize]
                ^ table[10][current5 as usize]
                ^ table[11][current4 as usize]
                ^ table[12][current3 as usize]
                ^ table[13][current2 as usize]
                ^ table[14][current1 as usize]
                ^ table[15][current0 as usize];
        } else {
            let current0 = bytes[i] ^ ((crc >> 56) as u8);
            let current1 = bytes[i + 1] ^ ((crc >> 48) as u8);
            let current2 = bytes[i + 2] ^ ((crc >> 40) as u8);
            let current3 = bytes[i + 3] ^ ((crc >> 32) as u8);
            let current4 = bytes[i + 4] ^ ((crc >> 24) as u8);
            let current5 = bytes[i + 5] ^ ((crc >> 16) as u8);
            let current6 = bytes[i + 6] ^ ((crc >> 8) as u8);
            let current7 = bytes[i + 7] ^ (crc as u8);

            crc = table[0][bytes[i + 15] as usize]
                ^ table[1][bytes[i + 14] as usize]
                ^ table[2][bytes[i + 13] as usize]
                ^ table[3][bytes[i + 12] as usize]
                ^ table[4][bytes[i + 11] as usize]
                ^ table[5][bytes[i + 10] as usize]
                ^ table[6][bytes[i + 9] as usize]
                ^ table[7][bytes[i + 8] as usize]
                ^ table[8][current7 as usize]
                ^ table[9][current6 as usize]
                ^ table[10][current5 as usize]
                ^ table[11][current4 as usize]
                ^ table[12][current3 as usize]
                ^ table[13][current2 as usize]
                ^ table[14][current1 as usize]
                ^ table[15][current0 as usize];
        }
        i += 16;
    }

    // Process remaining bytes one at a time
    if reflect {
        while i < len {
            let table_index = ((crc ^ bytes[i] as u64) & 0xFF) as usize;
            crc = table[0][table_index] ^ (crc >> 8);
            i += 1;
        }
    } else {
        while i < len {
            let table_index = (((crc >> 56) ^ bytes[i] as u64) & 0xFF) as usize;
            crc = table[0][table_index] ^ (crc << 8);
            i += 1;
        }
    }

    crc
}

// ============================================================================
// Property Tests for Native Implementation
// ============================================================================

#[cfg(test)]
#[path = "../../fallback.rs"]
mod fallback;
