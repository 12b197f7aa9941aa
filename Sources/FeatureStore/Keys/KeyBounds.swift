import Columnar
import Foundation

/// Bounds of the first key component of rows that stand in ascending order, stretch by stretch (blocks, or pages), by which
/// stretches are found that may hold some keys.
struct KeyBounds: Sendable {
    /// The first components, encoded as keys; none of a stretch is less or greater.
    private let minima: EncodedKeys
    private let maxima: EncodedKeys

    var count: Int { minima.count }

    /// - Parameters:
    ///   - bounds: of each stretch, with values of the component's type.
    ///   - types: of the keys.
    /// - Returns: nil if a bound is missing.
    init?(_ bounds: [ValueBounds], types: [FeatureType]) {
        let encoder = KeyEncoder([types[0]])
        guard let minima = Self.encoded(bounds.map(\.minimum), encoder),
            let maxima = Self.encoded(bounds.map(\.maximum), encoder)
        else { return nil }
        (self.minima, self.maxima) = (minima, maxima)
    }

    private static func encoded(_ values: [Value?], _ encoder: KeyEncoder) -> EncodedKeys? {
        let type = encoder.types[0]
        // A text may have been cut within a character, so texts are encoded as the bytes that they are.
        let isText = type == .string || type == .bytes
        var builder = ColumnBuilder(isText ? .binary : type.dataType)
        for value in values {
            switch value {
            case .string(let text)? where isText: guard builder.append(.bytes(Array(text.utf8))) else { return nil }
            case let value? where value != .null: guard builder.append(value) else { return nil }
            default: return nil
            }
        }
        return KeyEncoder([isText ? .bytes : type]).encode([builder.finish()])
    }

    /// The stretches that may hold one of the keys at `range`, which ascend in `keys`, each with those keys.
    func stretches(holding keys: EncodedKeys, _ range: Range<Int>) -> [(stretch: Int, keys: Range<Int>)] {
        var found: [(stretch: Int, keys: Range<Int>)] = []
        var key = range.lowerBound
        var stretch = 0
        while key < range.upperBound && stretch < count {
            stretch = gallop(from: stretch, to: count) { isBefore($0, keys, key) }
            guard stretch < count else { break }
            let current = stretch
            key = gallop(from: key, to: range.upperBound) { isBehindKey($0, keys, current) }
            guard key < range.upperBound else { break }
            if isBefore(stretch, keys, key) { continue }
            let end = gallop(from: key, to: range.upperBound) { !isBefore(current, keys, $0) }
            found.append((stretch, key..<end))
            stretch += 1
        }
        return found
    }

    /// Whether all keys of a stretch come before a key.
    private func isBefore(_ stretch: Int, _ keys: EncodedKeys, _ key: Int) -> Bool {
        maxima.compareComponent(stretch, with: keys, key) < 0
    }

    /// Whether all keys of a stretch come behind a key.
    private func isBehind(_ stretch: Int, _ keys: EncodedKeys, _ key: Int) -> Bool {
        minima.compareComponent(stretch, with: keys, key) > 0
    }

    private func isBehindKey(_ key: Int, _ keys: EncodedKeys, _ stretch: Int) -> Bool { isBehind(stretch, keys, key) }
}

extension EncodedKeys {
    /// Compares a key that is a first component with the first component of a key of `other`.
    func compareComponent(_ row: Int, with other: EncodedKeys, _ otherRow: Int) -> Int {
        let (component, key) = (bytes(at: row), other.bytes(at: otherRow))
        let common = min(component.count, key.count)
        guard common > 0, let left = component.baseAddress, let right = key.baseAddress else { return 0 }
        return Int(memcmp(left, right, common))
    }
}
