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
        if let exact { return exact }
        guard let nearest = Double(String(decoding: text, as: UTF8.self)), nearest.isFinite else { return nil }
        return nearest
    }

    /// The double of a number of few digits: digits and power of ten are doubles without error, so one division or
    /// multiplication rounds once (Clinger 1990, "How to Read Floating Point Numbers Accurately").
    private var exact: Double? {
        guard let base = text.baseAddress, text.count <= 24 else { return nil }
        let bytes = base.assumingMemoryBound(to: UInt8.self)
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var digits: UInt64 = 0
        var exponent = 0
        var hasPoint = false
        for place in (isNegative ? 1 : 0)..<text.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else {
                // An exponent is rare.
                guard byte &- 48 < 10, digits < Self.exactDigits / 10 else { return nil }
                digits = digits * 10 + UInt64(byte &- 48)
                if hasPoint { exponent += 1 }
            }
        }
        guard exponent < Self.powersOfTen.count else { return nil }
        let magnitude = Double(digits) / Self.powersOfTen[exponent]
        return isNegative ? -magnitude : magnitude
    }

    /// Up to here every whole number is a double.
    private static let exactDigits: UInt64 = 1 << 53
    /// The powers of ten that are doubles without error.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
