// Copyright 2025 Don MacAskill. Licensed under MIT or Apache-2.0.

pub(crate) mod algorithm;
pub(crate) mod consts;
