/// A sum of floating-point numbers, or of their squares, that is exact: it does not depend on order or grouping.
///
/// Numbers are added to a fixed-point number as wide as they need (Neal 2015, "Fast exact summation using small and large
/// superaccumulators", arXiv:1505.05571, the small one, with a window that grows), and rounded once, when the sum is
/// asked for. So partial sums can be merged in any grouping, and what was added can be taken away again, with the same
/// bits as if it had never been there. Infinities and NaN are counted beside it, and can be taken away as well.
///
///     var sum = ExactSum()
///     for fare in [1e16, 1.0, -1e16] { sum.add(fare) }
///     sum.rounded   // 1.0, where addition in doubles gives 0.0
///
/// Complexity: O(1) a number; memory 8 bytes for each 32 bits between the least and the greatest bit met.
struct ExactSum: Sendable {
    /// Base 2^32, the least significant first; digits may be negative or too large until they are carried.
    private var digits: [Int64] = []
    /// The first digit's power of 2^32.
    private var scale = 0
    /// Numbers that were added since the last carry.
    private var uncarried = 0
    private(set) var positiveInfinities: Int64 = 0
    private(set) var negativeInfinities: Int64 = 0
    private(set) var nans: Int64 = 0

    /// A number adds less than 2^32 to a digit, so that so many cannot overflow one.
    private static let carryInterval = 1 << 30

    init() {}

    mutating func add(_ number: Double) { add(number, isNegated: false) }

    /// Takes a number away that was added before.
    mutating func subtract(_ number: Double) { add(number, isNegated: true) }

    /// Adds the square of a number, exactly.
    mutating func addSquare(of number: Double) { addSquare(of: number, isNegated: false) }

    mutating func subtractSquare(of number: Double) { addSquare(of: number, isNegated: true) }

    /// Adds `number · 2^exponent`.
    mutating func add(whole number: Int128, exponent: Int = 0) {
        add(magnitude: number.magnitude, exponent: exponent, isNegative: number < 0)
    }

    mutating func subtract(whole number: Int128, exponent: Int = 0) {
        add(magnitude: number.magnitude, exponent: exponent, isNegative: number > 0)
    }

    private mutating func add(_ number: Double, isNegated: Bool) {
        guard number.isFinite else { return count(number, isNegated ? -1 : 1) }
        let (significand, exponent) = number.wholeParts
        add(
            magnitude: UInt128(significand), exponent: exponent, isNegative: (number.sign == .minus) != isNegated)
    }

    private mutating func addSquare(of number: Double, isNegated: Bool) {
        guard number.isFinite else { return count(number * number, isNegated ? -1 : 1) }
        let (significand, exponent) = number.wholeParts
        let square = significand.multipliedFullWidth(by: significand)
        add(
            magnitude: UInt128(square.high) << 64 | UInt128(square.low), exponent: 2 * exponent, isNegative: isNegated)
    }

    /// Adds numbers that are infinite or NaN, so many of them.
    mutating func count(_ number: Double, _ change: Int64) {
        if number.isNaN {
            nans += change
        } else if number > 0 {
            positiveInfinities += change
        } else {
            negativeInfinities += change
        }
    }

    /// Adds `magnitude · 2^exponent`, or takes it away.
    mutating func add(magnitude: UInt128, exponent: Int, isNegative: Bool) {
        guard magnitude != 0 else { return }
        let first = exponent >> 5
        let shift = UInt64(exponent & 31)
        let low = UInt64(truncatingIfNeeded: magnitude)
        let high = UInt64(truncatingIfNeeded: magnitude >> 64)
        let isWide = high != 0
        makeRoom(for: first..<first + (isWide ? 5 : 3))
        let sign: Int64 = isNegative ? -1 : 1
        let place = first - scale
        digits.withUnsafeMutableBufferPointer { digits in
            let shifted = low << shift
            let overflow = shift == 0 ? 0 : low >> (64 - shift)
            digits[place] &+= sign &* Int64(shifted & 0xffff_ffff)
            digits[place + 1] &+= sign &* Int64(shifted >> 32)
            digits[place + 2] &+= sign &* Int64(overflow)
            guard isWide else { return }
            let highShifted = high << shift
            let highOverflow = shift == 0 ? 0 : high >> (64 - shift)
            digits[place + 2] &+= sign &* Int64(highShifted & 0xffff_ffff)
            digits[place + 3] &+= sign &* Int64(highShifted >> 32)
            digits[place + 4] &+= sign &* Int64(highOverflow)
        }
        uncarried += 1
        if uncarried >= Self.carryInterval { carry() }
    }

    private mutating func makeRoom(for range: Range<Int>) {
        if digits.isEmpty {
            digits = [Int64](repeating: 0, count: range.count)
            scale = range.lowerBound
            return
        }
        if range.lowerBound < scale {
            digits.insert(contentsOf: repeatElement(0, count: scale - range.lowerBound), at: 0)
            scale = range.lowerBound
        }
        let missing = range.upperBound - scale - digits.count
        if missing > 0 { digits.append(contentsOf: repeatElement(0, count: missing)) }
    }

    /// Brings every digit but the last into 0 ..< 2^32 and takes away what says nothing; the last carries the sign.
    private mutating func carry() {
        uncarried = 0
        var carried: Int64 = 0
        for i in digits.indices {
            let total = digits[i] + carried
            digits[i] = total & 0xffff_ffff
            carried = total >> 32
        }
        if carried != 0 { digits.append(carried) }
        while digits.last == 0 { digits.removeLast() }
        // A negative top is carried as far down as it fits, so that one number has one form.
        while let last = digits.last, last == -1, digits.count > 1 {
            digits.removeLast()
            digits[digits.count - 1] -= 1 << 32
        }
        let zeros = digits.prefix { $0 == 0 }.count
        if zeros > 0 { digits.removeFirst(zeros) }
        scale = digits.isEmpty ? 0 : scale + zeros
    }

    /// The sum of the finite numbers.
    var exact: ScaledInteger {
        var copy = self
        copy.carry()
        guard let last = copy.digits.last else { return .zero }
        let isNegative = last < 0
        if isNegative {
            for i in copy.digits.indices { copy.digits[i].negate() }
            copy.carry()
        }
        var magnitude: [UInt32] = []
        for digit in copy.digits {
            magnitude.append(UInt32(truncatingIfNeeded: digit))
            // Only the last digit may be larger than 32 bits.
            if digit >> 32 != 0 { magnitude.append(UInt32(truncatingIfNeeded: digit >> 32)) }
        }
        return ScaledInteger(digits: magnitude, scale: copy.scale, isNegative: isNegative)
    }

    /// The double nearest to the sum, halves to even; infinite if it is too large for a double, or an infinity was added;
    /// NaN if a NaN was, or infinities of both signs.
    var rounded: Double { rounded(dividingBy: 1) }

    /// The double nearest to the sum divided by `count`, so for a mean; NaN for a count of zero.
    func rounded(dividingBy count: UInt64) -> Double {
        if let special { return special }
        guard count > 0 else { return .nan }
        return roundedInWords(dividingBy: count) ?? exact.rounded(dividingBy: count)
    }

    /// The same where the sum fits 128 bits, and neither its digits nor the result are near the ends of what doubles hold.
    private func roundedInWords(dividingBy count: UInt64) -> Double? {
        guard digits.count <= 4, scale.magnitude <= 24 else { return digits.isEmpty ? 0 : nil }
        // Shifted by 96 bits, a digit may be so large.
        if digits.count == 4, digits[3].magnitude >= 1 << 30 || digits[2].magnitude >= 1 << 61 { return nil }
        var whole: Int128 = 0
        for (place, digit) in digits.enumerated() { whole += Int128(digit) << Int128(32 * place) }
        return Double(nearestTo: whole, scaledBy: 32 * scale, dividedBy: count)
    }

    /// What infinities and NaNs make of the sum; nil if it is finite.
    private var special: Double? {
        if nans > 0 || (positiveInfinities > 0 && negativeInfinities > 0) { return .nan }
        if positiveInfinities > 0 { return .infinity }
        return negativeInfinities > 0 ? -.infinity : nil
    }

    var isFinite: Bool { special == nil }
}

extension ExactSum: Sketch {
    mutating func merge(_ other: ExactSum) { combine(other, sign: 1) }

    /// Takes away what `other` holds, which was merged or added before.
    mutating func subtract(_ other: ExactSum) { combine(other, sign: -1) }

    private mutating func combine(_ other: ExactSum, sign: Int64) {
        positiveInfinities += sign * other.positiveInfinities
        negativeInfinities += sign * other.negativeInfinities
        nans += sign * other.nans
        var addend = other
        addend.carry()
        guard !addend.digits.isEmpty else { return }
        carry()
        makeRoom(for: addend.scale..<addend.scale + addend.digits.count)
        for (i, digit) in addend.digits.enumerated() { digits[addend.scale - scale + i] += sign * digit }
        carry()
    }

    func write(to writer: inout SketchWriter) {
        var copy = self
        copy.carry()
        writer.write(byte: Self.version)
        for count in [positiveInfinities, negativeInfinities, nans] { writer.write(signed: count) }
        writer.write(signed: Int64(copy.scale))
        writer.write(UInt64(copy.digits.count))
        for digit in copy.digits.dropLast() { writer.write(word: UInt32(truncatingIfNeeded: digit)) }
        if let last = copy.digits.last { writer.write(signed: last) }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        try reader.readVersion(Self.version, of: "sum")
        positiveInfinities = try reader.readSignedCount()
        negativeInfinities = try reader.readSignedCount()
        nans = try reader.readSignedCount()
        let scale = try reader.readSigned()
        let count = try reader.readCount(atMost: Self.maximumDigits)
        guard scale.magnitude <= UInt64(Self.maximumDigits) else { throw SketchError("its sum is out of range") }
        self.scale = Int(scale)
        for _ in 0..<max(0, count - 1) { digits.append(Int64(try reader.readWord())) }
        if count > 0 { digits.append(try reader.readSigned()) }
        guard (digits.last ?? 0).magnitude < 1 << 62 else { throw SketchError("its sum is out of range") }
        carry()
    }

    private static let version: UInt8 = 1
    /// Squares of doubles lie between 2^-2148 and 2^2048; sums of 2^63 of them need two digits more.
    private static let maximumDigits: Int64 = 140
}

/// The sum in fewer bytes, which are merged where they lie.
///
///     0   UInt8    digits (63: their number follows in LEB128); bit 6: counts of infinities and NaN follow, signed LEB128
///     …   Int8     the first digit's power of 2^32, where there are digits
///     …   UInt32   digits, the least significant first, but for the last
///     …   Int40    the last digit
extension ExactSum {
    private static let specialsBit: UInt8 = 0x40
    private static let manyDigits = 63

    func write(packedTo writer: inout SketchWriter) {
        var copy = self
        copy.carry()
        let hasSpecials = positiveInfinities != 0 || negativeInfinities != 0 || nans != 0
        let count = copy.digits.count
        writer.write(byte: UInt8(min(count, Self.manyDigits)) | (hasSpecials ? Self.specialsBit : 0))
        if count >= Self.manyDigits { writer.write(UInt64(count)) }
        if hasSpecials { for count in [positiveInfinities, negativeInfinities, nans] { writer.write(signed: count) } }
        guard let last = copy.digits.last else { return }
        writer.write(byte: UInt8(bitPattern: Int8(copy.scale)))
        for digit in copy.digits.dropLast() { writer.write(word: UInt32(truncatingIfNeeded: digit)) }
        writer.write(word: UInt32(truncatingIfNeeded: last))
        writer.write(byte: UInt8(truncatingIfNeeded: last >> 32))
    }

    /// Takes in a sum that was written packed. Complexity: O(its digits).
    mutating func merge(packed reader: inout PackedReader) throws(SketchError) {
        let header = try reader.readByte()
        var count = Int(header & 0x3f)
        if count == Self.manyDigits { count = Int(try reader.readCount(atMost: Self.maximumDigits)) }
        if header & Self.specialsBit != 0 {
            positiveInfinities += try Self.readSignedCount(&reader)
            negativeInfinities += try Self.readSignedCount(&reader)
            nans += try Self.readSignedCount(&reader)
        }
        guard count > 0 else { return }
        let first = Int(Int8(bitPattern: try reader.readByte()))
        let bytes = try reader.take(4 * count + 1)
        makeRoom(for: first..<first + count)
        let place = first - scale
        digits.withUnsafeMutableBufferPointer { digits in
            for i in 0..<count - 1 {
                let digit = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
                digits[place + i] &+= Int64(digit)
            }
            let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * (count - 1), as: UInt32.self))
            let high = Int64(Int8(bitPattern: bytes[4 * count]))
            digits[place + count - 1] &+= high << 32 | Int64(low)
        }
        // The last digit may be as large as 2^39.
        uncarried += 1 << 8
        if uncarried >= Self.carryInterval { carry() }
    }

    private static func readSignedCount(_ reader: inout PackedReader) throws(SketchError) -> Int64 {
        let count = try reader.readSigned()
        guard count.magnitude <= UInt64(SketchReader.maximumCount) else {
            throw SketchError("it holds a count that is too large")
        }
        return count
    }

    /// Makes it a sum of nothing, and keeps its memory.
    mutating func reset() {
        digits.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        uncarried = 0
        positiveInfinities = 0
        negativeInfinities = 0
        nans = 0
    }
}

extension ExactSum: Hashable {
    static func == (a: ExactSum, b: ExactSum) -> Bool {
        a.exact == b.exact && a.positiveInfinities == b.positiveInfinities
            && a.negativeInfinities == b.negativeInfinities && a.nans == b.nans
    }

    func hash(into hasher: inout Hasher) { hasher.combine(exact) }
}

extension Double {
    /// A finite number's magnitude as a whole number times a power of two.
    @inline(__always)
    var wholeParts: (significand: UInt64, exponent: Int) {
        let field = Int(bitPattern >> 52 & 0x7ff)
        let fraction = bitPattern & (1 << 52 - 1)
        return field == 0 ? (fraction, -1074) : (fraction | 1 << 52, field - 1075)
    }

    /// The double nearest to `whole · 2^exponent / count`, halves to even.
    ///
    /// - Precondition: `count` is not 0; the exponent's magnitude is at most 800, so that no result is subnormal or infinite.
    init(nearestTo whole: Int128, scaledBy exponent: Int, dividedBy count: UInt64) {
        precondition(count > 0 && exponent.magnitude <= 800)
        guard whole != 0 else {
            self = 0
            return
        }
        var magnitude = whole.magnitude
        var exponent = exponent
        var hasRest = false
        if count > 1 {
            let shift = magnitude.leadingZeroBitCount
            let (quotient, rest) = (magnitude << UInt128(shift)).quotientAndRemainder(dividingBy: UInt128(count))
            // At least 64 bits, of which 53 make the double.
            magnitude = quotient
            hasRest = rest != 0
            exponent -= shift
        }
        let dropped = max(0, 64 - magnitude.leadingZeroBitCount)
        var word = UInt64(truncatingIfNeeded: magnitude >> UInt128(dropped))
        if hasRest || magnitude & (1 << UInt128(dropped) - 1) != 0 { word |= 1 }
        let nearest = Double(sign: .plus, exponent: exponent + dropped, significand: Double(word))
        self = whole < 0 ? -nearest : nearest
    }
}
