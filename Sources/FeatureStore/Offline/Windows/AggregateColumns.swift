import Columnar

/// The aggregates of one view for all entity rows, in the caller's order.
struct AggregateColumns: Sendable {
    let coverage: Coverage
    /// A part for each batch of keys, by feature.
    private let parts: [[Column]]
    private let lastEvents: [Column]
    /// Int32, one a row of the caller's: where it stands among the rows by key and time; negative where its key is null.
    private let places: Buffer
    private let rowCount: Int
    private let types: [DataType]

    /// - Parameters:
    ///   - results: of all key ranges, in order.
    ///   - types: of the features, in the order of the join's.
    ///   - rowCount: of the caller's rows.
    init(_ join: AggregateJoin, _ results: [AggregateJoin.RangeResult], types: [FeatureType], rowCount: Int) {
        var outcomes = [Int](repeating: 0, count: MatchOutcome.allCases.count)
        for result in results {
            for (outcome, count) in result.outcomes.enumerated() { outcomes[outcome] += count }
        }
        coverage = Coverage(view: join.layout.view.name, outcomes: outcomes, keyNull: join.order.keyNullCount)
        parts = types.indices.map { feature in results.flatMap { $0.columns[feature] } }
        lastEvents = results.flatMap(\.lastEvents)
        self.types = types.map(\.dataType)
        self.rowCount = rowCount
        let places = MutableBuffer(uninitialized: rowCount * 4)
        let target = places.elements(as: Int32.self)
        for row in 0..<rowCount { target[row] = -1 }
        let rows = join.order.rows.elements(as: Int32.self)
        withExtendedLifetime(join.order) {
            for place in 0..<join.order.rowCount { target[Int(rows[place])] = Int32(truncatingIfNeeded: place) }
        }
        self.places = places.freeze()
    }

    /// The feature at `index` of the join's.
    func column(_ index: Int) -> Column { inOrder(parts[index], type: types[index]) }

    /// When the last event was that counted in any window.
    func lastEventTimes() -> Column { inOrder(lastEvents, type: .instant) }

    private func inOrder(_ parts: [Column], type: DataType) -> Column {
        let sorted = Column.concatenating(parts, type: type)
        return withExtendedLifetime(places) { sorted.taking(places.elements(as: Int32.self)) }
    }
}
