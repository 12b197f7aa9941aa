/// An exact decimal number: `unscaled` / 10 to the power of `scale`.
public struct FixedPoint: Hashable, Sendable {
    public var unscaled: Int128
    /// Digits behind the point.
    public var scale: Int

    public init(unscaled: Int128, scale: Int) {
        self.unscaled = unscaled
        self.scale = scale
    }

    /// The most digits that a decimal column can have.
    public static let maximumPrecision = 38

    /// Powers of ten that 128 bits hold.
    private static let powers: [Int128] = (0...maximumPrecision).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// 10 to the power of `exponent`, which is 0 to 38.
    static func power(_ exponent: Int) -> Int128 { powers[exponent] }

    /// The nearest double; ties go to the even one.
    public var nearestDouble: Double {
        // Below 2^53 the unscaled number is exact, and so are powers up to 22: one division rounds once.
        if unscaled.magnitude < 1 << 53, scale >= 0, scale <= 22 {
            return Double(Int64(unscaled)) / Double(Self.power(scale))
        }
        // Rounds as the C library reads text.
        return Double(description) ?? .nan
    }

    /// The nearest float; ties go to the even one.
    public var nearestFloat: Float {
        if unscaled.magnitude < 1 << 24, scale >= 0, scale <= 10 {
            return Float(Int64(unscaled)) / Float(Self.power(scale))
        }
        return Float(description) ?? .nan
    }

    /// The whole number that this is; nil if it has a fraction.
    public var whole: Int128? {
        guard scale > 0 else {
            let (product, overflows) = unscaled.multipliedReportingOverflow(by: Self.power(min(-scale, 38)))
            return overflows ? nil : product
        }
        let (quotient, rest) = unscaled.quotientAndRemainder(dividingBy: Self.power(min(scale, 38)))
        return rest == 0 ? quotient : nil
    }
}

extension FixedPoint: CustomStringConvertible {
    /// All digits: `-12.50`.
    public var description: String {
        var digits = String(unscaled.magnitude)
        if scale > 0 {
            if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        } else if scale < 0 && unscaled != 0 {
            digits += String(repeating: "0", count: -scale)
        }
        return unscaled < 0 ? "-" + digits : digits
    }
}
