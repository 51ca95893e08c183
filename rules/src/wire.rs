//! How values stand in the bytes of a release.
//!
//! Numbers are seven bits a byte, lowest first, the eighth bit saying that more follow; signed ones zigzag before. Texts
//! and lists begin with their length, choices with the number of the choice, options with 0 or 1. By hand rather than by
//! a library, because every visitor downloads the reader. Reading and writing are made from one list of fields
//! ([`wire_struct`], [`wire_enum`]), so that they cannot disagree.

use alloc::string::String;
use alloc::vec::Vec;

/// The bytes not read yet.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
}

/// What can stand in a release. Reading gives `None` for bytes that nothing was written as.
pub(crate) trait Wire: Sized {
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>);
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// A number of up to 64 bits.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
            if shift > 63 {
                return None;
            }
        }
    }

    /// The length of a text or list. Nothing takes less than a byte, so none is longer than the bytes that are left.
    fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(self.number()?).ok()?;
        (length <= self.bytes.len()).then_some(length)
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
            fn read(reader: &mut Reader<'_>) -> Option<Self> {
                Self::try_from(reader.number()?).ok()
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
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let zigzag = reader.number()?;
        Some((zigzag >> 1) as Self ^ -((zigzag & 1) as Self))
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        write_number(out, ((self << 1) ^ (self >> 63)).cast_unsigned());
    }
}

impl Wire for bool {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Wire for String {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = reader.length()?;
        let (text, rest) = reader.bytes.split_at_checked(length)?;
        reader.bytes = rest;
        core::str::from_utf8(text).ok().map(Self::from)
    }

    #[cfg(feature = "authoring")]
    fn write(&self, out: &mut Vec<u8>) {
        write_length(out, self.len());
        out.extend_from_slice(self.as_bytes());
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = reader.length()?;
        let mut list = Self::new();
        for _ in 0..length {
            list.push(T::read(reader)?);
        }
        Some(list)
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
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        if bool::read(reader)? {
            T::read(reader).map(Some)
        } else {
            Some(None)
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
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let first = A::read(reader)?;
        Some((first, B::read(reader)?))
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
            fn read(reader: &mut $crate::wire::Reader<'_>) -> Option<Self> {
                Some(Self {
                    $($field: $crate::wire::Wire::read(reader)?,)+
                    $($($derived: Default::default(),)+)?
                })
            }

            #[cfg(feature = "authoring")]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                $(self.$field.write(out);)+
            }
        }
    };
}

/// An enum: the number of the variant, then what is in it. A number is never given to another variant.
macro_rules! wire_enum {
    ($name:ident { $($number:literal => $variant:ident $(($($field:ident),+))?),+ $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> Option<Self> {
                Some(match reader.byte()? {
                    $($number => Self::$variant $(($({
                        let $field = $crate::wire::Wire::read(reader)?;
                        $field
                    }),+))?,)+
                    _ => return None,
                })
            }

            #[cfg(feature = "authoring")]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                match self {
                    $(Self::$variant $(($($field),+))? => {
                        out.push($number);
                        $($($field.write(out);)+)?
                    })+
                }
            }
        }
    };
}

pub(crate) use {wire_enum, wire_struct};
