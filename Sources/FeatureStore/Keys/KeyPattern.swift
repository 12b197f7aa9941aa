import Columnar

/// Some components of a key, each with the value that it must have; the others may be anything.
struct KeyPattern: Hashable, Sendable {
    private let types: [FeatureType]
    /// The encoded bytes of each component; nil for any.
    private let components: [[UInt8]?]

    /// - Parameter values: a value a component, nil for any.
    /// - Returns: nil if a value does not fit its type.
    init?(_ values: [Value?], types: [FeatureType]) {
        precondition(values.count == types.count)
        self.types = types
        var components: [[UInt8]?] = []
        for (value, type) in zip(values, types) {
            guard let value else {
                components.append(nil)
                continue
            }
            guard let bytes = KeyEncoder([type]).encode([value]) else { return nil }
            components.append(bytes)
        }
        self.components = components
    }

    /// The whole key, if every component is given.
    var wholeKey: [UInt8]? { components.contains(nil) ? nil : components.flatMap { $0 ?? [] } }

    /// Whether an encoded key has these components; false for bytes that are no key. Complexity: O(bytes).
    func matches(_ key: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        for (type, wanted) in zip(types, components) {
            guard let length = Self.length(of: type, in: key, from: position) else { return false }
            if let wanted {
                guard wanted.count == length,
                    wanted.withUnsafeBytes({
                        $0.elementsEqual(UnsafeRawBufferPointer(rebasing: key[position..<position + length]))
                    })
                else { return false }
            }
            position += length
        }
        return position == key.count
    }

    /// Bytes of the component that begins at `start`; nil if it does not end.
    private static func length(of type: FeatureType, in key: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let fixed: Int
        switch type {
        case .bool: fixed = 1
        case .int32: fixed = 4
        case .int64: fixed = 8
        default:
            var position = start
            while position + 1 < key.count {
                if key[position] == 0 {
                    if key[position + 1] == 1 { return position + 2 - start }
                    position += 1
                }
                position += 1
            }
            return nil
        }
        return start + fixed <= key.count ? fixed : nil
    }
}
