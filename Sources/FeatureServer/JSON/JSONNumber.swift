import Foundation

/// A number in JSON as it stands in the text; valid as long as that.
struct JSONNumber {
    let text: UnsafeRawBufferPointer
    /// Whether it has neither a point nor an exponent.
    let isWhole: Bool

    /// The whole number, if it is one that an Int64 holds; `3.0` is one, `3.5` is not.
    var int64: Int64? {
        guard isWhole else {
            guard let double, double == double.rounded(.towardZero) else { return nil }
            // Beyond 2^53 the text's own digits may be lost in the double.
            return double.magnitude <= 9_007_199_254_740_992 ? Int64(double) : nil
        }
        let isNegative = text.first == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for byte in text[(isNegative ? 1 : 0)...] {
            let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(byte &- 48))
            if overflows || carries { return nil }
            magnitude = sum
        }
        if !isNegative { return Int64(exactly: magnitude) }
        return magnitude == 1 << 63 ? .min : Int64(exactly: magnitude).map { -$0 }
    }

    /// The nearest double; nil beyond its range.
    var double: Double? {
        if isWhole, text.count <= 15, let whole = int64, whole != 0 { return Double(whole) }
        guard let nearest = Double(String(decoding: text, as: UTF8.self)), nearest.isFinite else { return nil }
        return nearest
    }
}
