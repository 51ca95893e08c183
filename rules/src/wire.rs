//! How values stand in the bytes of a release.
//!
//! Numbers are seven bits a byte, lowest first, the eighth bit saying that more follow; signed ones zigzag before. Texts
//! and lists begin with their length, choices with the number of the choice, options with 0 or 1. By hand rather than by
//! a library, because every visitor downloads the reader. Reading and writing are made from one list of fields
//! ([`wire_struct`], [`wire_enum`]), so that they cannot disagree.

use alloc::string::String;
use alloc::vec::Vec;

/// The bytes not read yet.
///
/// Bytes that nothing was written as make the reader fail: from then on it gives zeros and empty lists, and says so at
/// the end. To leave at every step instead would cost the page three kilobytes of code to drop what was read so far.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    failed: bool,
}

/// What can stand in a release.
pub(crate) trait Wire {
    /// Anything at all if the reader has failed; never more than a bounded amount of it.
    fn read(reader: &mut Reader<'_>) -> Self;
    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>);
}

impl<'b> Reader<'b> {
    /// Reads one value that takes all of the bytes.
    pub(crate) fn whole<T: Wire>(bytes: &'b [u8]) -> Option<T> {
        let mut reader = Self {
            bytes,
            failed: false,
        };
        let value = T::read(&mut reader);
        if reader.failed || !reader.bytes.is_empty() {
            // Forgotten rather than dropped: the page has no other use for the code that would drop it.
            core::mem::forget(value);
            return None;
        }
        Some(value)
    }

    pub(crate) fn fail(&mut self) {
        self.failed = true;
        self.bytes = &[];
    }

    pub(crate) fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => {
                self.fail();
                0
            }
        }
    }

    /// A number of up to 64 bits.
    fn number(&mut self) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
            if shift > 63 {
                self.fail();
                return 0;
            }
        }
    }

    /// The length of a text or list. Nothing takes less than a byte, so none is longer than the bytes that are left.
    fn length(&mut self) -> usize {
        match usize::try_from(self.number()) {
            Ok(length) if length <= self.bytes.len() => length,
            _ => {
                self.fail();
                0
            }
        }
    }
}

#[cfg(feature = "authoring")]
fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    out.push((rest & 0x7F) as u8);
}

#[cfg(feature = "authoring")]
fn write_length(out: &mut Vec<u8>, length: usize) {
    write_number(out, length as u64);
}

macro_rules! wire_number {
    ($($kind:ty),*) => {$(
        impl Wire for $kind {
            fn read(reader: &mut Reader<'_>) -> Self {
                Self::try_from(reader.number()).unwrap_or_else(|_| {
                    reader.fail();
                    0
                })
            }

            #[cfg(feature = "authoring")]
            fn write(&self, out: &mut Vec<u8>) {
                write_number(out, u64::from(*self));
            }
        }
    )*};
}
wire_number!(u8, u32);

impl Wire for i64 {
    fn read(reader: &mut Reader<'_>) -> Self {
        let zigzag = reader.number();
        (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        write_number(out, ((self << 1) ^ (self >> 63)).cast_unsigned());
    }
}

impl Wire for bool {
    fn read(reader: &mut Reader<'_>) -> Self {
        let byte = reader.byte();
        if byte > 1 {
            reader.fail();
        }
        byte == 1
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Wire for String {
    fn read(reader: &mut Reader<'_>) -> Self {
        let length = reader.length();
        let (text, rest) = reader.bytes.split_at_checked(length).unwrap_or_default();
        reader.bytes = rest;
        match core::str::from_utf8(text) {
            Ok(text) => Self::from(text),
            Err(_) => {
                reader.fail();
                Self::new()
            }
        }
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        write_length(out, self.len());
        out.extend_from_slice(self.as_bytes());
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        let length = reader.length();
        (0..length).map(|_| T::read(reader)).collect()
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        write_length(out, self.len());
        for entry in self {
            entry.write(out);
        }
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        if bool::read(reader) {
            Some(T::read(reader))
        } else {
            None
        }
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn read(reader: &mut Reader<'_>) -> Self {
        let first = A::read(reader);
        (first, B::read(reader))
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
}

/// A struct, field after field. Fields behind `derived` are not written; they begin empty.
macro_rules! wire_struct {
    ($name:ident { $($field:ident),+ } $(derived { $($derived:ident),+ })?) => {
        impl $crate::wire::Wire for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> Self {
                Self {
                    $($field: $crate::wire::Wire::read(reader),)+
                    $($($derived: Default::default(),)+)?
                }
            }

            #[cfg(feature = "authoring")]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                $(self.$field.write(out);)+
            }
        }
    };
}

/// An enum: the number of the variant, then what is in it. A number is never given to another variant. The first variant
/// is what a failed reader gives.
// INVARIANT: no type contains itself, or a failed reader would go round for ever.
macro_rules! wire_enum {
    (
        $name:ident {
            0 => $first:ident $(($($first_field:ident),+))?
            $(, $number:literal => $variant:ident $(($($field:ident),+))?)* $(,)?
        }
    ) => {
        impl $crate::wire::Wire for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> Self {
                match reader.byte() {
                    $($number => Self::$variant $(($({
                        let $field = $crate::wire::Wire::read(reader);
                        $field
                    }),+))?,)*
                    number => {
                        if number > 0 {
                            reader.fail();
                        }
                        Self::$first $(($({
                            let $first_field = $crate::wire::Wire::read(reader);
                            $first_field
                        }),+))?
                    }
                }
            }

            #[cfg(feature = "authoring")]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                match self {
                    Self::$first $(($($first_field),+))? => {
                        out.push(0);
                        $($($first_field.write(out);)+)?
                    }
                    $(Self::$variant $(($($field),+))? => {
                        out.push($number);
                        $($($field.write(out);)+)?
                    })*
                }
            }
        }
    };
}

pub(crate) use {wire_enum, wire_struct};
