import Columnar
import Foundation

/// What steps do to a number. NaN is missing, and stays so. A single value and a block of rows go through these same
/// functions, so that both have the same bits.
enum EncodingArithmetic {
    @inline(__always)
    static func affine(_ x: Double, _ shift: Double, _ scale: Double) -> Double { (x - shift) / scale }

    @inline(__always)
    static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }

    @inline(__always)
    static func clip(_ x: Double, _ least: Double, _ greatest: Double) -> Double {
        let raised = x < least ? least : x
        return raised > greatest ? greatest : raised
    }

    @inline(__always)
    static func fill(_ x: Double, _ number: Double) -> Double { x.isNaN ? number : x }

    /// How many edges are at or below `x`, by bisection.
    @inline(__always)
    static func bucket(_ x: Double, _ edges: UnsafePointer<Double>, _ count: Int) -> Double {
        guard !x.isNaN else { return x }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) >> 1
            if edges[middle] <= x { low = middle + 1 } else { high = middle }
        }
        return Double(low)
    }

    /// Rounded once to what a model takes; all NaNs are the same one.
    @inline(__always)
    static func float(_ x: Double) -> Float { x.isNaN ? .nan : Float(x) }

    @inline(__always)
    static func float(_ x: Float) -> Float { x.isNaN ? .nan : x }

    /// Sine and cosine of where in a cycle an instant lies.
    @inline(__always)
    static func circle(_ cycle: EncodingStep.TimeCycle, _ microseconds: Int64) -> (sine: Double, cosine: Double) {
        let angle = 2 * Double.pi * cycle.share(at: microseconds)
        return (sin(angle), cos(angle))
    }
}

extension EncodingStep.TimeCycle {
    /// As operations number them.
    static let numbered = allCases

    /// How much of the cycle has gone by, from 0 up to 1: 0.5625 for half past one in the afternoon.
    @inline(__always)
    func share(at microseconds: Int64) -> Double {
        let (hour, day): (Int64, Int64) = (3_600_000_000, 86_400_000_000)
        let inDay = microseconds.modulo(day)
        let days = microseconds / day - (microseconds % day < 0 ? 1 : 0)
        switch self {
        case .minute: return Double(inDay % hour) / Double(hour)
        case .hour: return Double(inDay) / Double(day)
        case .weekday:
            // 1970-01-01 was a Thursday; a week begins with Monday.
            return (Double((days + 3).modulo(7)) + Double(inDay) / Double(day)) / 7
        case .day: return (Double(CivilDate.fromDays(days).day - 1) + Double(inDay) / Double(day)) / 31
        case .month:
            let date = CivilDate.fromDays(days)
            return (Double(date.month - 1) + (Double(date.day - 1) + Double(inDay) / Double(day)) / 31) / 12
        }
    }
}

extension Int64 {
    /// The remainder that is not negative.
    @inline(__always)
    fileprivate func modulo(_ divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
