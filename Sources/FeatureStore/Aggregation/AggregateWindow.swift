import Columnar

/// Which events a feature looks back on: those of some length of time, ending now or some time ago.
public struct AggregateWindow: Hashable, Sendable, Codable {
    /// Nil for all time.
    public var length: TimeSpan?
    /// How long before the time of asking the window ends.
    public var offset: TimeSpan

    public init(length: TimeSpan?, offset: TimeSpan = TimeSpan(microseconds: 0)) {
        self.length = length
        self.offset = offset
    }

    /// The event times that count at `time`: from the first up to the second, which is left out. Int64.min is no start.
    ///
    /// With a hop, the start is the beginning of a hop, so that the window is made of whole tiles and of the events since
    /// the last of them; a window that ends before `time` ends at the beginning of a hop, too.
    ///
    /// - Parameter hop: microseconds, more than 0; nil for windows that are exact.
    @inline(__always)
    func bounds(at time: Int64, hop: Int64?) -> (start: Int64, end: Int64) {
        var end = time.clampedSubtracting(offset.microseconds)
        var start = length.map { end.clampedSubtracting($0.microseconds) } ?? .min
        if let hop {
            if offset.microseconds > 0 { end = end.floored(to: hop) }
            if length != nil { start = start.floored(to: hop) }
        }
        return (start, end)
    }

    /// How far back of the time of asking its events may lie; nil without a bound.
    func reach(hop: TimeSpan?) -> TimeSpan? {
        length.map {
            TimeSpan(
                microseconds: $0.microseconds.clampedAdding(offset.microseconds).clampedAdding(hop?.microseconds ?? 0))
        }
    }
}

extension Int64 {
    @inline(__always)
    func clampedSubtracting(_ other: Int64) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other > 0 ? .min : .max) : difference
    }

    @inline(__always)
    func clampedAdding(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }

    /// The greatest multiple of `step` that is at most this number, toward minus infinity; the least number if there is none.
    @inline(__always)
    func floored(to step: Int64) -> Int64 {
        let remainder = self % step
        return remainder >= 0 ? self - remainder : clampedSubtracting(step + remainder)
    }
}
