//! Rows: what is stored of one step, packed. A cell that was not measured takes two bits, one that did not
//! change six bytes less than one that did.

/// What a series did within a step. All three are NaN where nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The least value.
    pub min: f32,
    /// The mean of the values.
    pub mean: f32,
    /// The greatest value.
    pub max: f32,
}

impl Cell {
    /// Nothing was measured.
    pub const GAP: Self = Self { min: f32::NAN, mean: f32::NAN, max: f32::NAN };

    /// One value.
    pub const fn of(value: f32) -> Self {
        Self { min: value, mean: value, max: value }
    }

    /// True when nothing was measured.
    pub const fn is_gap(self) -> bool {
        self.mean.is_nan()
    }
}

/// Adds up what a series did.
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    min: f32,
    max: f32,
    total: f64,
    weight: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { min: f32::INFINITY, max: f32::NEG_INFINITY, total: 0.0, weight: 0.0 }
    }
}

impl Sum {
    /// Adds a cell that stands for so many samples. A gap adds nothing.
    pub fn add(&mut self, cell: Cell, weight: f64) {
        if cell.is_gap() || weight <= 0.0 {
            return;
        }
        self.min = self.min.min(cell.min);
        self.max = self.max.max(cell.max);
        self.total += f64::from(cell.mean) * weight;
        self.weight += weight;
    }

    /// What the series did.
    pub fn cell(self) -> Cell {
        if self.weight == 0.0 {
            return Cell::GAP;
        }
        // The mean of equal values is that value, whatever the rounding.
        let mean = (self.total / self.weight) as f32;
        Cell { min: self.min, mean: mean.clamp(self.min, self.max), max: self.max }
    }
}

/// What is stored of one step: a cell for each series, by its position.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Samples that it is made of.
    pub samples: u16,
    /// What each series did.
    pub cells: Vec<Cell>,
}

/// The first byte of every packed row.
const VERSION: u8 = 1;
/// Version, samples, cells.
const HEAD: usize = 5;

/// Why bytes are no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no row of samples")]
pub struct RowError;

impl Row {
    /// The cell at a position.
    pub fn at(&self, position: usize) -> Cell {
        self.cells.get(position).copied().unwrap_or(Cell::GAP)
    }

    /// One row of several: each counts by its samples.
    pub fn merge<'a>(rows: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sums: Vec<Sum> = Vec::new();
        let mut samples: u16 = 0;
        for row in rows {
            if sums.len() < row.cells.len() {
                sums.resize(row.cells.len(), Sum::default());
            }
            for (sum, cell) in sums.iter_mut().zip(&row.cells) {
                sum.add(*cell, f64::from(row.samples));
            }
            samples = samples.saturating_add(row.samples);
        }
        Self { samples, cells: sums.into_iter().map(Sum::cell).collect() }
    }

    /// The bytes that are stored.
    pub fn pack(&self) -> Vec<u8> {
        let used = self.cells.iter().rposition(|cell| !cell.is_gap()).map_or(0, |last| last + 1);
        let used = used.min(usize::from(u16::MAX));
        let mut kinds = vec![0_u8; used.div_ceil(4)];
        let mut values = Vec::with_capacity(used * 12);
        for (index, cell) in self.cells.iter().take(used).enumerate() {
            let is_flat = cell.min.to_bits() == cell.mean.to_bits()
                && cell.mean.to_bits() == cell.max.to_bits();
            let kind = match cell {
                cell if cell.is_gap() => 0,
                _ if is_flat => 1,
                _ => 2,
            };
            if let Some(byte) = kinds.get_mut(index / 4) {
                *byte |= kind << (index % 4 * 2);
            }
            let written: &[f32] = match kind {
                0 => &[],
                1 => &[cell.mean],
                _ => &[cell.min, cell.mean, cell.max],
            };
            for value in written {
                values.extend_from_slice(&value.to_le_bytes());
            }
        }
        let mut bytes = Vec::with_capacity(HEAD + kinds.len() + values.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.samples.to_le_bytes());
        bytes.extend_from_slice(&(used as u16).to_le_bytes());
        bytes.extend_from_slice(&kinds);
        bytes.extend_from_slice(&values);
        bytes
    }

    /// From the bytes that are stored.
    ///
    /// # Errors
    ///
    /// Bytes that `pack` does not write.
    pub fn unpack(bytes: &[u8]) -> Result<Self, RowError> {
        let (&[version, s0, s1, n0, n1], rest) =
            bytes.split_first_chunk::<HEAD>().ok_or(RowError)?;
        if version != VERSION {
            return Err(RowError);
        }
        let count = usize::from(u16::from_le_bytes([n0, n1]));
        let (kinds, mut values) = rest.split_at_checked(count.div_ceil(4)).ok_or(RowError)?;
        let mut next = || {
            let (value, rest) = values.split_first_chunk::<4>().ok_or(RowError)?;
            values = rest;
            Ok(f32::from_le_bytes(*value))
        };
        let mut cells = Vec::with_capacity(count);
        for index in 0..count {
            let kind = kinds.get(index / 4).ok_or(RowError)? >> (index % 4 * 2) & 3;
            cells.push(match kind {
                0 => Cell::GAP,
                1 => Cell::of(next()?),
                2 => Cell { min: next()?, mean: next()?, max: next()? },
                _ => return Err(RowError),
            });
        }
        if !values.is_empty() {
            return Err(RowError);
        }
        Ok(Self { samples: u16::from_le_bytes([s0, s1]), cells })
    }
}

/// Sixteen bits of a value: three significant digits, enough to say what is usual.
pub fn pack_short(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| ((value.to_bits() >> 16) as u16).to_le_bytes()).collect()
}

/// The values of [`pack_short`].
pub fn unpack_short(bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| f32::from_bits(u32::from(u16::from_le_bytes(*pair)) << 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &Row, b: &Row) -> bool {
        let bits = |row: &Row| {
            let cells = row.cells.iter().map(|c| [c.min, c.mean, c.max].map(f32::to_bits));
            cells.collect::<Vec<_>>()
        };
        a.samples == b.samples && bits(a) == bits(b)
    }

    #[test]
    fn a_row_comes_back_bit_for_bit() {
        let cells = vec![
            Cell::of(0.0),
            Cell::GAP,
            Cell { min: -0.0, mean: 1.5, max: f32::MAX },
            Cell::of(f32::MIN_POSITIVE),
            Cell { min: 1.0, mean: 1.0, max: 1.000_000_1 },
        ];
        let row = Row { samples: 12, cells };
        assert!(same(&Row::unpack(&row.pack()).unwrap(), &row));
        let empty = Row::default();
        assert!(same(&Row::unpack(&empty.pack()).unwrap(), &empty));
        let trailing = Row { samples: 1, cells: vec![Cell::of(1.0), Cell::GAP] };
        assert_eq!(Row::unpack(&trailing.pack()).unwrap().cells, [Cell::of(1.0)]);
    }

    #[test]
    fn other_bytes_are_refused_and_never_a_panic() {
        let good = Row { samples: 1, cells: vec![Cell::of(1.0); 9] }.pack();
        for end in 0..good.len() {
            assert!(Row::unpack(&good[..end]).is_err(), "{end}");
        }
        assert!(Row::unpack(&[good.clone(), vec![0]].concat()).is_err());
        let mut other = good;
        other[0] = 2;
        assert!(Row::unpack(&other).is_err());
    }

    #[test]
    fn min_mean_and_max_survive_a_roll_up() {
        let rows = [
            Row { samples: 12, cells: vec![Cell { min: 1.0, mean: 2.0, max: 9.0 }, Cell::GAP] },
            Row { samples: 4, cells: vec![Cell { min: 0.5, mean: 6.0, max: 7.0 }, Cell::of(3.0)] },
            Row { samples: 0, cells: vec![Cell::of(1000.0)] },
        ];
        let merged = Row::merge(&rows);
        assert_eq!(merged.samples, 16);
        assert_eq!(merged.cells, [Cell { min: 0.5, mean: 3.0, max: 9.0 }, Cell::of(3.0)]);
        assert!(Row::merge(&[]).cells.is_empty());
    }

    #[test]
    fn what_is_usual_needs_three_digits() {
        let values = [0.0, 41.2, f32::NAN, 123_456.0, 0.001];
        let back = unpack_short(&pack_short(&values));
        for (value, back) in values.iter().zip(back) {
            assert!(value.is_nan() && back.is_nan() || (value - back).abs() <= value.abs() / 128.0);
        }
    }
}
