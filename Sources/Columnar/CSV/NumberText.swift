/// Reads numbers from text, exactly: what does not fit the type is nil, never cut or wrapped.
enum NumberText {
    /// A whole number: digits with an optional sign, and a fraction of zeros (`3.0`, as pandas writes a column of
    /// whole numbers that has nulls).
    @inline(__always)
    static func integer<T: FixedWidthInteger>(_ text: UnsafeRawBufferPointer, as: T.Type = T.self) -> T? {
        var position = 0
        var isNegative = false
        if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            position = 1
        }
        let digitsStart = position
        var magnitude: UInt64 = 0
        while position < text.count, case let digit = text[position] &- 48, digit < 10 {
            // Nineteen digits always fit.
            if position - digitsStart < 19 {
                magnitude = magnitude &* 10 &+ UInt64(digit)
            } else {
                let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carries) = product.addingReportingOverflow(UInt64(digit))
                if overflows || carries { return nil }
                magnitude = sum
            }
            position += 1
        }
        guard position > digitsStart, position == text.count || isZeroFraction(text, from: position) else { return nil }
        guard isNegative else { return T(exactly: magnitude) }
        if magnitude <= UInt64(Int64.max) { return T(exactly: -Int64(magnitude)) }
        return magnitude == 1 << 63 ? T(exactly: Int64.min) : nil
    }

    private static func isZeroFraction(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        guard text[start] == UInt8(ascii: "."), start + 1 < text.count else { return false }
        return text[(start + 1)...].allSatisfy { $0 == UInt8(ascii: "0") }
    }

    /// The nearest double of a decimal number; `nan`, `inf` and `infinity` in any case are read too. Nil for other
    /// text, and for a finite number beyond the type's range.
    @inline(__always)
    static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        guard let decimal = DecimalText(text) else { return special(text).map { Double($0) } }
        if let exact = decimal.exactDouble { return exact }
        guard let nearest = Double(String(decoding: text, as: UTF8.self)), nearest.isFinite else { return nil }
        return nearest
    }

    /// As `double`, rounded once, to the nearest float.
    @inline(__always)
    static func float(_ text: UnsafeRawBufferPointer) -> Float? {
        guard let decimal = DecimalText(text) else { return special(text) }
        if let exact = decimal.exactFloat { return exact }
        guard let nearest = Float(String(decoding: text, as: UTF8.self)), nearest.isFinite else { return nil }
        return nearest
    }

    private static func special(_ text: UnsafeRawBufferPointer) -> Float? {
        guard text.count <= 9 else { return nil }
        switch String(decoding: text, as: UTF8.self).lowercased() {
        case "nan", "+nan", "-nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return nil
        }
    }
}

/// A decimal number as text gives it: significand × 10^exponent.
private struct DecimalText {
    var significand: UInt64 = 0
    var exponent = 0
    var isNegative = false
    /// False if the significand does not hold all digits.
    var isComplete = true

    /// Reads digits with an optional sign, point and exponent; nil for anything else.
    @inline(__always)
    init?(_ text: UnsafeRawBufferPointer) {
        var position = 0
        if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            position = 1
        }
        var digits = 0
        var hasPoint = false
        while position < text.count {
            let digit = text[position] &- 48
            if digit < 10 {
                digits += 1
                // Leading zeros do not count: the significand stays 0.
                if significand < 1_000_000_000_000_000_000 {
                    significand = significand &* 10 &+ UInt64(digit)
                    if hasPoint { exponent -= 1 }
                } else {
                    isComplete = false
                }
            } else if text[position] == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            position += 1
        }
        guard digits > 0 else { return nil }
        if position < text.count {
            guard let power = Self.power(text, from: position) else { return nil }
            exponent += power
        }
    }

    /// `e` and a whole number, cut off at ±100000, which is beyond every float.
    private static func power(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var position = start + 1
        var isNegative = false
        if position < text.count, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
            isNegative = text[position] == UInt8(ascii: "-")
            position += 1
        }
        guard position < text.count else { return nil }
        var power = 0
        while position < text.count {
            let digit = text[position] &- 48
            guard digit < 10 else { return nil }
            power = min(power * 10 + Int(digit), 100_000)
            position += 1
        }
        return isNegative ? -power : power
    }

    /// The value where both factors are exact doubles, so that one operation rounds once (W. Clinger, "How to read
    /// floating point numbers accurately", 1990).
    @inline(__always)
    var exactDouble: Double? {
        guard isComplete, significand <= 1 << 53, exponent >= -22, exponent <= 22 else { return nil }
        let magnitude = Double(significand)
        let scaled = exponent < 0 ? magnitude / powersOfTen[-exponent] : magnitude * powersOfTen[exponent]
        return isNegative ? -scaled : scaled
    }

    /// The value through the nearest double, unless that lies just between two floats, where rounding twice may err.
    @inline(__always)
    var exactFloat: Float? {
        guard let double = exactDouble else { return nil }
        let isNormal = double == 0 || double.magnitude >= Double(Float.leastNormalMagnitude)
        let halfway: UInt64 = 1 << 28
        let cut = double.bitPattern & (halfway << 1 - 1)
        guard isNormal, cut != halfway, double.magnitude <= Double(Float.greatestFiniteMagnitude) else { return nil }
        return Float(double)
    }
}

private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
