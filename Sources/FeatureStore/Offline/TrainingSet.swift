import Columnar

/// Entity rows with the features that were known at their times.
public struct TrainingSet: Sendable {
    /// The entity rows' columns, then the features, in the caller's order of rows.
    public let table: Table
    /// The names of the columns that are features.
    public let features: [String]
    /// What became of the rows, one a view, in the order in which views are first asked for.
    public let coverage: [Coverage]
    /// Where the rows are parted, if they are.
    public var split: TrainingSetSplit?
    /// The id of its record, by which it can be made again; nil where none is kept: this user may not write to the store,
    /// or it was asked for so.
    public var id: Int64?
}

/// Builds a training set from views' histories.
struct TrainingSetBuilder {
    let service: ResolvedService
    let definitions: Definitions
    /// Adds `view__event_timestamp` for each view with times.
    let withTimes: Bool
    var progress: RowProgress?
    var tuning = PointInTimeJoin.Tuning()
    /// Opens the history of a view.
    let history: (ViewLayout) throws -> [HistoryPart]

    private struct ViewJoin: Sendable {
        let layout: ViewLayout
        let parts: [HistoryPart]
        let match: JoinMatch
    }

    /// - Throws: `DataError` if a join key or request field is missing, names clash, or a segment cannot be read.
    func build(for entities: EntityRows) throws -> TrainingSet {
        if let view = service.views.first(where: { $0.aggregation != nil }) {
            throw StoreError.badRequest("the aggregates of '\(view.name)' are not in training sets in this version yet")
        }
        try service.refuseClashes(with: entities.table, withTimes: withTimes, in: definitions)
        let request = try service.requestFields.enumerated().map { place, field throws(DataError) in
            try entities.column(of: field, views: service.computation.views(readingField: place))
        }
        let joins = try match(entities)
        let read = try gather(outputs(of: joins), rowCount: entities.table.rowCount)
        let computed = service.computation.columns(
            request: request, read: read, times: entities.times, rowCount: entities.table.rowCount)
        let features = service.places.map { place in
            switch place {
            case .read(let number): read[number]
            case .computed(let number): computed[number]
            }
        }
        let fields = service.features.map { Field($0.outputName, $0.feature.type.dataType) }
        let timed = joins.filter { withTimes && !$0.layout.isTimeless }
        // A request field under its own name is the caller's column, in the feature's type and place.
        let kept = entities.table.fields.indices.filter { place in
            !service.features.contains { $0.outputName == entities.table.fields[place].name }
        }
        return TrainingSet(
            table: Table(
                fields: kept.map { entities.table.fields[$0] } + fields
                    + timed.map { Field($0.layout.eventOutputName, .instant) },
                columns: kept.map { entities.table.columns[$0] } + features + read[service.readFeatures.count...],
                rowCount: entities.table.rowCount),
            features: service.features.map(\.outputName), coverage: joins.map(\.match.coverage))
    }

    /// Joins every view, ranges of keys side by side on the cores; views with the same join keys share the sorted rows.
    private func match(_ entities: EntityRows) throws -> [ViewJoin] {
        var orders: [[JoinKey]: EntityOrder] = [:]
        var joins: [PointInTimeJoin] = []
        for view in service.views {
            let layout = ViewLayout(of: view, in: definitions)
            let order = try orders[layout.keys] ?? entities.order(by: layout.keys, of: view.name)
            orders[layout.keys] = order
            joins.append(
                PointInTimeJoin(order, with: try history(layout), layout: layout, progress: progress, tuning: tuning))
            progress?.expect(order.rowCount)
        }
        let ranges = joins.indices.flatMap { number in
            joins[number].keyRanges().map { (join: number, groups: $0) }
        }
        let matches = try Parallel.tryMap(ranges) { [joins] range throws(DataError) in
            try joins[range.join].merge(range.groups)
        }
        return joins.enumerated().map { number, join in
            let own = zip(ranges, matches).filter { $0.0.join == number }.map(\.1)
            return ViewJoin(layout: join.layout, parts: join.parts, match: join.match(own))
        }
    }

    /// A column to be gathered.
    private enum Output: Sendable {
        case feature(Feature, join: ViewJoin)
        case eventTime(join: ViewJoin)
    }

    /// The features that are read, and then the event times of the views that have some.
    private func outputs(of joins: [ViewJoin]) -> [Output] {
        let byView = Dictionary(joins.map { ($0.layout.view.name, $0) }, uniquingKeysWith: { first, _ in first })
        return service.readFeatures.compactMap { read in
            byView[read.view.name].map { .feature(read.feature, join: $0) }
        } + joins.filter { withTimes && !$0.layout.isTimeless }.map { .eventTime(join: $0) }
    }

    private func gather(_ outputs: [Output], rowCount: Int) throws(DataError) -> [Column] {
        try Parallel.tryMap(outputs) { output throws(DataError) in
            switch output {
            case .feature(let feature, let join):
                try join.match.selected.gather(feature.type.dataType, count: rowCount) {
                    (part, block) throws(DataError) in
                    try join.parts[part].blockColumn(of: feature, block: block)
                } release: { part, blocks in
                    join.parts[part].release(feature, blocks: blocks)
                }
            case .eventTime(let join):
                try join.match.selected.gather(.instant, count: rowCount) { (part, block) throws(DataError) in
                    try join.parts[part].events(of: block).map(BlockColumn.whole)
                } release: { part, blocks in
                    join.parts[part].releaseTimes(of: blocks)
                }
            }
        }
    }
}
