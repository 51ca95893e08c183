//! The C interface of the library, as its header `chdb.h` declares it.
//!
//! Owns the signatures and the look-up by name. A symbol that is missing fails the load: half a library is none.

use std::ffi::{c_char, c_int, c_void};

/// `chdb_connection *`: a pointer to a handle that is itself a pointer.
pub(crate) type ConnectionPointer = *mut *mut c_void;
/// `chdb_result *`.
pub(crate) type ResultPointer = *mut c_void;
/// `chdb_insert_stream`.
pub(crate) type InsertPointer = *mut c_void;

/// `CHDBSuccess` of `chdb_state`.
pub(crate) const SUCCESS: c_int = 0;

/// `chdb_query_analysis_v1`: versioned by its size, which the caller fills in.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct RawAnalysis {
    pub(crate) struct_size: u32,
    pub(crate) statement_count: u32,
    pub(crate) flags: u32,
    pub(crate) query_class: u32,
}

impl RawAnalysis {
    /// What `sizeof` of it is: four numbers of four bytes.
    pub(crate) const SIZE: u32 = 16;
}

const _: () = assert!(size_of::<RawAnalysis>() == RawAnalysis::SIZE as usize);

/// Arguments of the parameter-binding functions: names, name lengths, values, value lengths, count.
type Names = *const *const c_char;
type Lengths = *const usize;

macro_rules! symbols {
    ($($name:ident: fn($($argument:ty),*) $(-> $answer:ty)?;)*) => {
        /// Every function of the library that we call.
        #[derive(Debug)]
        pub(crate) struct Symbols {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) $(-> $answer)?,)*
        }

        impl Symbols {
            /// Looks every function up; the name of the first that is missing otherwise.
            pub(crate) fn find(library: &libloading::Library) -> Result<Self, &'static str> {
                Ok(Self {
                    $($name: {
                        // SAFETY: the signature is the header's, and the library is never unloaded, so the copied
                        // function pointer stays valid for the rest of the process.
                        *unsafe { library.get(concat!(stringify!($name), "\0").as_bytes()) }
                            .map_err(|_| stringify!($name))?
                    },)*
                })
            }
        }
    };
}

symbols! {
    chdb_version: fn() -> *const c_char;
    chdb_set_signal_handlers_enabled: fn(c_int);
    chdb_connect: fn(c_int, *mut *mut c_char) -> ConnectionPointer;
    chdb_close_conn: fn(ConnectionPointer);
    chdb_shutdown: fn() -> c_int;
    chdb_query_with_params_n: fn(*mut c_void, *const c_char, usize, *const c_char, usize, Names, Lengths, Names, Lengths, usize) -> ResultPointer;
    chdb_stream_query_with_params_n: fn(*mut c_void, *const c_char, usize, *const c_char, usize, Names, Lengths, Names, Lengths, usize) -> ResultPointer;
    chdb_stream_fetch_result: fn(*mut c_void, ResultPointer) -> ResultPointer;
    chdb_stream_cancel_query: fn(*mut c_void, ResultPointer);
    chdb_destroy_query_result: fn(ResultPointer);
    chdb_stream_insert_with_params_n: fn(*mut c_void, *const c_char, usize, *const c_char, usize, Names, Lengths, Names, Lengths, usize) -> InsertPointer;
    chdb_stream_append: fn(InsertPointer, *const c_void, usize) -> c_int;
    chdb_stream_done: fn(InsertPointer) -> ResultPointer;
    chdb_stream_cancel_insert: fn(InsertPointer);
    chdb_stream_insert_error: fn(InsertPointer) -> *const c_char;
    chdb_destroy_insert_stream: fn(InsertPointer);
    chdb_result_buffer: fn(ResultPointer) -> *mut c_char;
    chdb_result_length: fn(ResultPointer) -> usize;
    chdb_result_elapsed: fn(ResultPointer) -> f64;
    chdb_result_rows_read: fn(ResultPointer) -> u64;
    chdb_result_bytes_read: fn(ResultPointer) -> u64;
    chdb_result_storage_rows_read: fn(ResultPointer) -> u64;
    chdb_result_storage_bytes_read: fn(ResultPointer) -> u64;
    chdb_result_rows_written: fn(ResultPointer) -> u64;
    chdb_result_bytes_written: fn(ResultPointer) -> u64;
    chdb_result_error: fn(ResultPointer) -> *const c_char;
    chdb_classify_query_n: fn(*mut c_void, *const c_char, usize, *const c_char, usize, *mut RawAnalysis) -> c_int;
}
