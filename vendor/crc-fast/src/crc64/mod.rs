// Copyright 2025 Don MacAskill. Licensed under MIT or Apache-2.0.

//! This module provides CRC-64 support.

pub mod algorithm;
pub mod consts;
pub mod utils;
