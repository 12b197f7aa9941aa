/// Sums a label by category (Micci-Barreca 2001, "A preprocessing scheme for high-cardinality categorical attributes").
struct TargetTally {
    private let type: FeatureType
    private let index = CategoryIndex()
    private var categories: [Labels] = []
    private var missing = Labels()
    private var all = Labels()
    private(set) var rows = 0
    private var valuesHash: UInt64 = 0
    private var labelsHash: UInt64 = 0

    private struct Labels {
        var sum = 0.0
        var count = 0.0

        mutating func add(_ label: Double) {
            sum += label
            count += 1
        }
    }

    init(_ type: FeatureType) { self.type = type }

    /// Counts a row. One whose label is missing is only remembered.
    ///
    /// - Parameters:
    ///   - key: nil if the category is missing.
    ///   - isUsed: whether its label counts.
    mutating func add(_ key: CategoryKey?, label: Double, isUsed: Bool = true) {
        rows += 1
        valuesHash = StableHash.word(valuesHash ^ (key?.hash ?? 1))
        labelsHash = StableHash.word(labelsHash ^ label.bitPattern)
        guard isUsed, label.isFinite else { return }
        all.add(label)
        guard let key else { return missing.add(label) }
        let place = index.insert(key)
        if place == categories.count { categories.append(Labels()) }
        categories[place].add(label)
    }

    /// As if all that is missing were of a category.
    mutating func fill(with category: Category) {
        let place = category.withKey { index.insert($0) }
        if place == categories.count { categories.append(Labels()) }
        categories[place].sum += missing.sum
        categories[place].count += missing.count
        missing = Labels()
    }

    /// Different categories that have a label.
    var categoryCount: Int { categories.count }

    func hashes() -> (values: String, labels: String) {
        (String(valuesHash, radix: 16), String(labelsHash, radix: 16))
    }

    /// The means by category; nil if no row has a label.
    func finish(smoothing: Double) -> FittedStep? {
        guard all.count > 0 else { return nil }
        let mean = all.sum / all.count
        func smoothed(_ labels: Labels) -> Double {
            let weight = labels.count + smoothing
            return weight == 0 ? mean : (labels.sum + smoothing * mean) / weight
        }
        let known = zip(index.categories(of: type), categories).filter { $0.1.count > 0 }.sorted { $0.0 < $1.0 }
        return .numbers(
            known.map(\.0), values: known.map { smoothed($0.1) }, unknown: mean, missing: smoothed(missing))
    }

    /// Which of `folds` a row belongs to: by its number, mixed, so that the order of the rows does not matter.
    static func fold(of row: Int, of folds: Int) -> Int {
        Int(StableHash.word(UInt64(row)) >> 32) % folds
    }
}
