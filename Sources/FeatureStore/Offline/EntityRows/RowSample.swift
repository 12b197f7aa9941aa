import Columnar

/// Which rows of a training set are taken: all rows of some keys, and none of the others.
///
/// The keys are chosen by their hashes, so that the same ones are chosen again, whatever else is in the data. A key is
/// all join keys of what is asked for, in the order of their names.
public enum RowSample: Hashable, Sendable, Codable {
    /// The rows of so many keys.
    case keys(count: Int)
    /// The rows of about this share of the keys, in (0, 1].
    case share(of: Double)

    /// Reads `1000` or `2.5%`; nil for anything else.
    public init?(_ text: String) {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), percent > 0, percent <= 100 else { return nil }
            self = .share(of: percent / 100)
        } else {
            guard let count = Int(text), count > 0 else { return nil }
            self = .keys(count: count)
        }
    }

    /// The rows whose keys are chosen, in their order. Complexity: O(rows), with a sort for a number of keys.
    func rows(of hashes: [UInt64]) -> [Int32] {
        switch self {
        case .share(let share):
            guard share < 1 else { return (0..<Int32(hashes.count)).map(\.self) }
            let limit = UInt64(share * 0x1p64)
            return (0..<Int32(hashes.count)).filter { hashes[Int($0)] < limit }
        case .keys(let count):
            var distinct = 0
            var last: UInt64?
            for hash in Self.ascending(hashes) where hash != last {
                if distinct == count { break }
                distinct += 1
                last = hash
            }
            return (0..<Int32(hashes.count)).filter { row in last.map { hashes[Int(row)] <= $0 } ?? false }
        }
    }

    private static func ascending(_ hashes: [UInt64]) -> [UInt64] {
        hashes.withUnsafeBufferPointer { values in
            var order = RowOrder(count: values.count)
            order.sort(by: values)
            return order.rows.map { values[Int($0)] }
        }
    }
}

extension RowSample: CustomStringConvertible {
    public var description: String {
        switch self {
        case .keys(let count): "\(count) key\(count == 1 ? "" : "s")"
        case .share(let share): "\(EntityRecipe.text(share * 100)) % of the keys"
        }
    }
}

extension EntityRecipe {
    /// A number without a fraction that it does not have.
    static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}
