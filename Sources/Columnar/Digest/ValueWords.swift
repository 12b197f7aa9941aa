/// Values as 64-bit words for digests: equal values have equal words, whatever type and layout they are in.
///
/// With m(x) the finalizer of SplitMix64 (Steele 2014), all arithmetic modulo 2^64:
///
/// | value | word |
/// |---|---|
/// | null, NaN | 0 |
/// | a whole number in -2^63..<2^63, in any type of number | m(number ^ 1 · K) |
/// | a whole number in 2^63..<2^64 | m(number ^ 2 · K) |
/// | any other float | m(its bits as float64 ^ 3 · K) |
/// | any other decimal, without zeros at its end | m(m(m(low half ^ 4 · K) ^ high half) ^ scale) |
/// | false, true | m(0 ^ 5 · K), m(1 ^ 5 · K) |
/// | text, bytes | m(XXH64 of the bytes ^ 6 · K), m(… ^ 7 · K) |
/// | a time, a date | w = m(microseconds since 1970 ^ 8 · K); with nanoseconds besides m(w ^ nanoseconds) |
/// | a time of day | the same with 9 · K |
/// | a list | m(count ^ 10 · K), then for each element m(rotated left by 5 ^ the element's word) |
///
/// K is 0x9e3779b97f4a7c15. Microseconds that need more than 64 bits are mixed in halves, as a decimal's.
enum ValueWords {
    static let null: UInt64 = 0

    /// What a value is, whatever carries it.
    enum Kind: UInt64 {
        case whole = 1
        case largeWhole, fraction, decimal, boolean, text, bytes, instant, timeOfDay, list

        var salt: UInt64 { rawValue &* 0x9e37_79b9_7f4a_7c15 }
    }

    /// XXH64 of the words of a column's values, little-endian. Complexity: O(values).
    static func hash(of column: Column) -> UInt64 {
        var hash = XXHash64()
        let block = 4096
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: block) { words in
            var first = 0
            while first < column.count {
                let end = min(first + block, column.count)
                let part = UnsafeMutableBufferPointer(rebasing: words[..<(end - first)])
                fill(part, from: column.slice(first..<end))
                for i in part.indices { part[i] = part[i].littleEndian }
                hash.update(UnsafeRawBufferPointer(part))
                first = end
            }
        }
        return hash.value
    }

    /// - Precondition: `words` has room for `column.count` words.
    static func fill(_ words: UnsafeMutableBufferPointer<UInt64>, from column: Column) {
        switch column.type {
        case .int8: whole(column, Int8.self, words)
        case .int16: whole(column, Int16.self, words)
        case .int32: whole(column, Int32.self, words)
        case .int64: whole(column, Int64.self, words)
        case .uint8: whole(column, UInt8.self, words)
        case .uint16: whole(column, UInt16.self, words)
        case .uint32: whole(column, UInt32.self, words)
        case .uint64: each(column, UInt64.self, words) { word(ofLarge: $0) }
        case .float16: each(column, UInt16.self, words) { word(of: Double(Float(halfBits: $0))) }
        case .float32: each(column, Float.self, words) { word(of: Double($0)) }
        case .float64: each(column, Double.self, words) { word(of: $0) }
        case .decimal(_, let scale): each(column, Int128.self, words) { word(of: $0, scale: scale) }
        case .date32:
            each(column, Int32.self, words) { word(ofNanoseconds: Int128($0) * 86_400_000_000_000, .instant) }
        case .time(let unit) where unit == .seconds || unit == .milliseconds:
            each(column, Int32.self, words) { word(ofTicks: Int64($0), unit, .timeOfDay) }
        case .time(let unit): each(column, Int64.self, words) { word(ofTicks: $0, unit, .timeOfDay) }
        case .timestamp(let unit, zone: _): each(column, Int64.self, words) { word(ofTicks: $0, unit, .instant) }
        case .bool:
            let bits = column.bits
            present(column, words) { mixed((bits[$0] ? 1 : 0) ^ Kind.boolean.salt) }
        case .string: present(column, words) { mixed(XXHash64.hash(column.bytes(at: $0)) ^ Kind.text.salt) }
        case .binary: present(column, words) { mixed(XXHash64.hash(column.bytes(at: $0)) ^ Kind.bytes.salt) }
        case .list:
            let offsets = column.offsetElements
            lists(column, words) { Int(offsets[$0])..<Int(offsets[$0 + 1]) }
        case .fixedSizeList(_, let size): lists(column, words) { $0 * size..<($0 + 1) * size }
        }
    }

    // MARK: - Layouts

    private static func whole<Number: FixedWidthInteger>(
        _ column: Column, _ type: Number.Type, _ words: UnsafeMutableBufferPointer<UInt64>
    ) {
        each(column, Number.self, words) { mixed(UInt64(truncatingIfNeeded: $0) ^ Kind.whole.salt) }
    }

    @inline(__always)
    private static func each<Stored>(
        _ column: Column, _ type: Stored.Type, _ words: UnsafeMutableBufferPointer<UInt64>, _ word: (Stored) -> UInt64
    ) {
        let values = column.elements(as: Stored.self)
        present(column, words) { word(values[$0]) }
    }

    /// The word of each row that is not null.
    @inline(__always)
    private static func present(
        _ column: Column, _ words: UnsafeMutableBufferPointer<UInt64>, _ word: (Int) -> UInt64
    ) {
        withExtendedLifetime(column) {
            guard let validity = column.validity else {
                for row in 0..<column.count { words[row] = word(row) }
                return
            }
            for row in 0..<column.count { words[row] = validity[row] ? word(row) : null }
        }
    }

    private static func lists(
        _ column: Column, _ words: UnsafeMutableBufferPointer<UInt64>, _ elements: (Int) -> Range<Int>
    ) {
        guard let child = column.child else { return }
        // Elements behind a null list are none of the values, and need not even be there.
        let bounds = (0..<column.count).map { column.isNull($0) ? 0..<0 : elements($0) }
        let used = bounds.filter { !$0.isEmpty }
        let first = used.map(\.lowerBound).min() ?? 0
        let end = used.map(\.upperBound).max() ?? 0
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: end - first) { childWords in
            fill(childWords, from: child.slice(first..<end))
            present(column, words) { row in
                var word = mixed(UInt64(bounds[row].count) ^ Kind.list.salt)
                for place in bounds[row] { word = mixed((word &<< 5 | word &>> 59) ^ childWords[place - first]) }
                return word
            }
        }
    }

    // MARK: - Values

    /// The finalizer of SplitMix64, which takes no two numbers to one.
    @inline(__always)
    static func mixed(_ number: UInt64) -> UInt64 {
        var number = (number ^ number &>> 30) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ number &>> 27) &* 0x94d0_49bb_1331_11eb
        return number ^ number &>> 31
    }

    @inline(__always)
    static func word(ofLarge number: UInt64) -> UInt64 {
        mixed(number ^ (number >> 63 == 0 ? Kind.whole : Kind.largeWhole).salt)
    }

    @inline(__always)
    static func word(of number: Double) -> UInt64 {
        if number >= -0x1p63, number < 0x1p63 {
            let whole = Int64(number)
            if Double(whole) == number { return mixed(UInt64(bitPattern: whole) ^ Kind.whole.salt) }
        } else if number.isNaN {
            return null
        } else if number >= 0x1p63, number < 0x1p64 {
            return word(ofLarge: UInt64(number))
        }
        return mixed(number.bitPattern ^ Kind.fraction.salt)
    }

    static func word(of unscaled: Int128, scale: Int) -> UInt64 {
        var (unscaled, scale) = (unscaled, unscaled == 0 ? 0 : scale)
        while scale > 0, unscaled % 10 == 0 { (unscaled, scale) = (unscaled / 10, scale - 1) }
        if scale == 0, let whole = Int64(exactly: unscaled) {
            return mixed(UInt64(bitPattern: whole) ^ Kind.whole.salt)
        }
        if scale == 0, let whole = UInt64(exactly: unscaled) { return word(ofLarge: whole) }
        return mixed(halves(unscaled, .decimal) ^ UInt64(bitPattern: Int64(scale)))
    }

    @inline(__always)
    private static func word(ofTicks ticks: Int64, _ unit: TimeUnit, _ kind: Kind) -> UInt64 {
        switch unit {
        case .microseconds: mixed(UInt64(bitPattern: ticks) ^ kind.salt)
        case .nanoseconds: word(ofNanoseconds: Int128(ticks), kind)
        case .milliseconds: word(ofNanoseconds: Int128(ticks) * 1_000_000, kind)
        case .seconds: word(ofNanoseconds: Int128(ticks) * 1_000_000_000, kind)
        }
    }

    private static func word(ofNanoseconds nanoseconds: Int128, _ kind: Kind) -> UInt64 {
        var (microseconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        if rest < 0 { (microseconds, rest) = (microseconds - 1, rest + 1000) }
        let word =
            Int64(exactly: microseconds).map { mixed(UInt64(bitPattern: $0) ^ kind.salt) } ?? halves(microseconds, kind)
        return rest == 0 ? word : mixed(word ^ UInt64(rest))
    }

    private static func halves(_ number: Int128, _ kind: Kind) -> UInt64 {
        let high = UInt64(truncatingIfNeeded: number >> 64)
        return mixed(mixed(UInt64(truncatingIfNeeded: number) ^ kind.salt) ^ high)
    }
}
