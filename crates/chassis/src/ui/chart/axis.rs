//! An axis of values with round steps: 1, 2 or 5 times a power of ten.

use super::{decimals_of, number};

/// From where to where an axis goes, and in which steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
}

impl Axis {
    /// An axis on which all values stand; begins at zero unless zero would flatten them.
    pub(super) fn for_lines(values: &[f64], steps: u32) -> Self {
        let (low, high) = ends(values);
        let span = high - low;
        let far = span > 0.0 && (low > span || high < -span);
        if far { Self::around(low, high, values, steps) } else { Self::for_bars(values, steps) }
    }

    /// An axis on which all values and zero stand.
    pub(super) fn for_bars(values: &[f64], steps: u32) -> Self {
        let (low, high) = ends(values);
        Self::around(low.min(0.0), high.max(0.0), values, steps)
    }

    fn around(low: f64, high: f64, values: &[f64], steps: u32) -> Self {
        // Nobody has half a message.
        let whole = values.iter().all(|value| value.fract().abs() < f64::EPSILON);
        let least = if whole { 1.0 } else { 1e-6 };
        let step = round_step((high - low).max(least) / f64::from(steps.max(1))).max(least);
        let (low, mut high) = ((low / step).floor() * step, (high / step).ceil() * step);
        if high <= low {
            high = low + step;
        }
        Self { low, high, step }
    }

    /// The round numbers from one end to the other.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let places = (0_u32..40).map(|at| self.low + f64::from(at) * self.step);
        places.take_while(|tick| *tick <= self.high + self.step / 2.0).collect()
    }

    /// A tick as it is written.
    pub(super) fn written(&self, tick: f64) -> String {
        number(tick, decimals_of([self.step]))
    }

    /// Where a value stands between `bottom` (the low end) and `top`.
    pub(super) fn place(&self, value: f64, bottom: f64, top: f64) -> f64 {
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        bottom + (top - bottom) * part
    }
}

fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low <= high { (low, high) } else { (0.0, 0.0) }
}

/// The least of 1, 2, 5 times a power of ten that is no less than `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let fits = |times: &f64| times * power >= rough * (1.0 - 1e-9);
    [1.0, 2.0, 5.0].into_iter().find(fits).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64]) -> Vec<String> {
        let axis = Axis::for_lines(values, 5);
        axis.ticks().into_iter().map(|tick| axis.written(tick)).collect()
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(ticks(&[3.0, 41.0]), ["0", "10", "20", "30", "40", "50"]);
        assert_eq!(ticks(&[0.0, 1_700.0]), ["0", "500", "1,000", "1,500", "2,000"]);
        assert_eq!(ticks(&[0.1, 0.45]), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(ticks(&[118.0, 167.0]), ["110", "120", "130", "140", "150", "160", "170"]);
    }

    #[test]
    fn below_zero_and_flat_values_have_an_axis_too() {
        assert_eq!(ticks(&[-3.0, 4.0]), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(ticks(&[0.0]), ["0", "1"]);
        assert_eq!(ticks(&[7.0, 7.0]), ["0", "2", "4", "6", "8"]);
        assert_eq!(ticks(&[]), ["0", "1"]);
    }

    #[test]
    fn things_that_are_counted_have_no_halves() {
        assert_eq!(ticks(&[0.0, 2.0]), ["0", "1", "2"]);
    }
}
