/// The least and greatest of some values, in PLAIN encoding without a length (parquet.thrift, Statistics).
struct ValueRange: Sendable {
    let minimum: [UInt8]
    let maximum: [UInt8]
    /// False where a bound was cut off, and is less, or greater, than any value.
    var isMinimumExact = true
    var isMaximumExact = true

    /// Long values would bloat footer and page index.
    private static let longestBound = 64

    init<Stored: BitwiseCopyable>(least: Stored, greatest: Stored) {
        minimum = withUnsafeBytes(of: least) { Array($0) }
        maximum = withUnsafeBytes(of: greatest) { Array($0) }
    }

    /// The first `width` bytes in reverse order: what is stored most significant byte first.
    func reversed(to width: Int) -> ValueRange {
        ValueRange(minimum: minimum.prefix(width).reversed(), maximum: maximum.prefix(width).reversed())
    }

    private init(minimum: [UInt8], maximum: [UInt8]) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Bounds of texts or bytes; nil if there is nothing short that comes after the greatest.
    init?(least: UnsafeRawBufferPointer, greatest: UnsafeRawBufferPointer, areTexts: Bool) {
        minimum = Array(Self.prefix(of: least, areTexts))
        isMinimumExact = minimum.count == least.count
        let prefix = Array(Self.prefix(of: greatest, areTexts))
        isMaximumExact = prefix.count == greatest.count
        guard let maximum = isMaximumExact ? prefix : areTexts ? Self.next(text: prefix) : Self.next(bytes: prefix)
        else {
            return nil
        }
        self.maximum = maximum
    }

    /// The beginning of a value, for a text to the end of a character.
    private static func prefix(of value: UnsafeRawBufferPointer, _ isText: Bool) -> Slice<UnsafeRawBufferPointer> {
        guard value.count > longestBound else { return value[...] }
        var end = longestBound
        while isText && end > 0 && value[end] & 0xc0 == 0x80 { end -= 1 }
        return value[..<end]
    }

    /// The first of the byte strings that come after all that begin with `prefix`; nil if there is none.
    private static func next(bytes prefix: [UInt8]) -> [UInt8]? {
        guard let last = prefix.lastIndex(where: { $0 < 0xff }) else { return nil }
        return prefix[..<last] + [prefix[last] + 1]
    }

    /// A text that comes after all that begin with `prefix`; nil if there is none.
    private static func next(text prefix: [UInt8]) -> [UInt8]? {
        var scalars = Array(String(decoding: prefix, as: UTF8.self).unicodeScalars)
        while let last = scalars.popLast() {
            // Behind the last scalar before the surrogates comes the first behind them.
            guard let next = Unicode.Scalar(last.value == 0xd7ff ? 0xe000 : last.value + 1) else { continue }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            text.append(next)
            return Array(String(text).utf8)
        }
        return nil
    }
}
