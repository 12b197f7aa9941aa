import Columnar

extension FeatureType {
    /// A value of a join key's type from text, as the command line and URLs give it; nil if it does not fit.
    ///
    /// Bytes are written as `0x` and hexadecimal digits.
    public func value(parsing text: String) -> Value? {
        switch self {
        case .bool: ["true": .bool(true), "false": .bool(false)][text]
        case .int32: Int32(text).map { .int(Int64($0)) }
        case .int64: Int64(text).map { .int($0) }
        case .string: .string(text)
        case .bytes: Self.bytes(hexadecimal: text).map { .bytes($0) }
        case .float32, .float64, .timestamp, .vector: nil
        }
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        guard text.hasPrefix("0x"), text.utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var digits = text.dropFirst(2)
        while !digits.isEmpty {
            guard let byte = UInt8(digits.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
}
