import Columnar

/// Counts categories: all of them while they are at most a million, then the most frequent.
struct CategoryTally {
    let type: FeatureType
    /// How many are kept beyond the limit.
    private let wanted: Int
    private let limit: Int
    private var index = CategoryIndex()
    private var counts: [Int64] = []
    private(set) var missing: Int64 = 0
    private(set) var total: Int64 = 0
    /// What was counted before there were too many.
    private var frequent: HeavyHitters<Category>?

    /// Different categories that are counted exactly, and that a table of all of them may have.
    static let limit = 1_000_000
    private static let byteLimit = 512 << 20

    init(_ type: FeatureType, wanted: Int, limit: Int = limit) {
        self.type = type
        self.limit = limit
        self.wanted = wanted
    }

    @inline(__always)
    mutating func add(_ key: CategoryKey) {
        let place = index.insert(key)
        if place == counts.count {
            counts.append(1)
            if counts.count > limit || (place & 1023 == 0 && index.byteCount > Self.byteLimit) { handOver() }
        } else {
            counts[place] += 1
        }
        total += 1
    }

    mutating func addMissing() {
        missing += 1
        total += 1
    }

    /// Keeps only frequent ones of what was counted so far.
    private mutating func handOver() {
        var kept = frequent ?? HeavyHitters<Category>(capacity: max(65_536, 4 * wanted))
        kept.add(zip(categories(), counts).lazy.map { (item: $0.0, count: $0.1) }, others: 0, limit: 0)
        frequent = kept
        index = CategoryIndex()
        counts = []
    }

    private func categories() -> [Category] { index.categories(of: type) }

    /// Whether all categories are known.
    var isComplete: Bool { frequent == nil }

    /// The categories with their counts, in ascending order; nil if they are too many.
    mutating func all() -> [(category: Category, count: Int64)]? {
        guard isComplete else { return nil }
        return zip(categories(), counts).map { ($0.0, $0.1) }.sorted { $0.0 < $1.0 }
    }

    /// The most frequent ones, in ascending order; of equally frequent ones the first in order.
    mutating func top(_ limit: Int) -> [Category] {
        if frequent != nil, !counts.isEmpty { handOver() }
        if let frequent { return frequent.top(limit).map(\.item).sorted() }
        let sorted = zip(categories(), counts).sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        return sorted.prefix(limit).map(\.0).sorted()
    }

    /// As if all that is missing were of a category.
    mutating func fill(with category: Category) {
        guard missing > 0 else { return }
        let filled = missing
        missing = 0
        category.withKey { key in
            add(key)
            total -= 1
            // It may have been handed over, and then has a new place.
            let place = index.insert(key)
            if place == counts.count { counts.append(0) }
            counts[place] += filled - 1
        }
    }
}

extension CategoryIndex {
    /// The categories by their places.
    func categories(of type: FeatureType) -> [Category] {
        switch type {
        case .string, .bytes: (0..<count).map { Category(Array(text(at: $0)), of: type) }
        default: integers.map { .integer($0) }
        }
    }
}

extension Category {
    /// Runs `body` with the key under which an index has it.
    func withKey<Result>(_ body: (CategoryKey) -> Result) -> Result {
        if case .integer(let number) = self { return body(CategoryKey(number)) }
        return raw.withUnsafeBytes { body(CategoryKey($0)) }
    }
}
