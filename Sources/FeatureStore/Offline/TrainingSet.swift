import Columnar

/// Entity rows with the features that were known at their times.
public struct TrainingSet: Sendable {
    /// The entity rows' columns, then the features, in the caller's order of rows.
    public var table: Table
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
    var aggregateTuning = AggregateJoin.Tuning()
    /// Opens the history of a view.
    let history: (ViewLayout) throws -> [HistoryPart]

    /// What each entity row gets of one view.
    private enum ViewJoin: Sendable {
        /// Of the row of history that it takes.
        case rows(layout: ViewLayout, parts: [HistoryPart], match: JoinMatch)
        case aggregates(layout: ViewLayout, AggregateColumns)

        var layout: ViewLayout {
            switch self {
            case .rows(let layout, _, _), .aggregates(let layout, _): layout
            }
        }

        var coverage: Coverage {
            switch self {
            case .rows(_, _, let match): match.coverage
            case .aggregates(_, let columns): columns.coverage
            }
        }
    }

    /// - Throws: `DataError` if a join key or request field is missing, names clash, or a segment cannot be read.
    func build(for entities: EntityRows) throws -> TrainingSet {
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
            features: service.features.map(\.outputName), coverage: joins.map(\.coverage))
    }

    /// How one view is joined.
    private enum Joining: Sendable {
        case rows(PointInTimeJoin)
        case aggregates(AggregateJoin)

        func keyRanges() -> [Range<Int>] {
            switch self {
            case .rows(let join): join.keyRanges()
            case .aggregates(let join): join.keyRanges()
            }
        }

        func merge(_ groups: Range<Int>) throws(DataError) -> Merged {
            switch self {
            case .rows(let join): .rows(try join.merge(groups))
            case .aggregates(let join): .aggregates(try join.compute(groups))
            }
        }
    }

    /// What became of a range of keys.
    private enum Merged: Sendable {
        case rows(KeyRangeMatch)
        case aggregates(AggregateJoin.RangeResult)
    }

    /// Joins every view, ranges of keys side by side on the cores; views with the same join keys share the sorted rows.
    private func match(_ entities: EntityRows) throws -> [ViewJoin] {
        var orders: [[JoinKey]: EntityOrder] = [:]
        var joins: [Joining] = []
        for view in service.views {
            let layout = ViewLayout(of: view, in: definitions)
            let order = try orders[layout.keys] ?? entities.order(by: layout.keys, of: view.name)
            orders[layout.keys] = order
            joins.append(try joining(layout, order))
            progress?.expect(order.rowCount)
        }
        let ranges = joins.indices.flatMap { number in
            joins[number].keyRanges().map { (join: number, groups: $0) }
        }
        let merged = try Parallel.tryMap(ranges) { [joins] range throws(DataError) in
            try joins[range.join].merge(range.groups)
        }
        return joins.enumerated().map { number, join in
            let own = zip(ranges, merged).filter { $0.0.join == number }.map(\.1)
            switch join {
            case .rows(let join):
                let matches = own.compactMap { if case .rows(let match) = $0 { match } else { nil } }
                return .rows(layout: join.layout, parts: join.parts, match: join.match(matches))
            case .aggregates(let join):
                let results = own.compactMap { if case .aggregates(let result) = $0 { result } else { nil } }
                let types = features(of: join.layout.view).map { join.layout.view.features[$0].type }
                return .aggregates(
                    layout: join.layout,
                    AggregateColumns(join, results, types: types, rowCount: entities.table.rowCount))
            }
        }
    }

    private func joining(_ layout: ViewLayout, _ order: EntityOrder) throws -> Joining {
        guard layout.view.aggregation != nil else {
            return .rows(
                PointInTimeJoin(order, with: try history(layout), layout: layout, progress: progress, tuning: tuning))
        }
        guard let source = definitions.source(named: layout.view.source) else {
            throw StoreError.unknown(kind: "source", name: layout.view.source, suggestion: nil)
        }
        return .aggregates(
            try AggregateJoin(
                order, with: try history(layout), layout: layout, source: source, features: features(of: layout.view),
                withTimes: withTimes, progress: progress, tuning: aggregateTuning))
    }

    /// The places among the view's of the features that are asked for, in the order in which they are.
    private func features(of view: FeatureView) -> [Int] {
        service.readFeatures.filter { $0.view.name == view.name }.compactMap { asked in
            view.features.firstIndex { $0.name == asked.feature.name }
        }
    }

    /// A column to be gathered.
    private enum Output: Sendable {
        case feature(Feature, parts: [HistoryPart], JoinMatch)
        case eventTime(parts: [HistoryPart], JoinMatch)
        case aggregate(Int, AggregateColumns)
        case lastEvent(AggregateColumns)
    }

    /// The features that are read, and then the event times of the views that have some.
    private func outputs(of joins: [ViewJoin]) -> [Output] {
        let byView = Dictionary(joins.map { ($0.layout.view.name, $0) }, uniquingKeysWith: { first, _ in first })
        var aggregates: [String: Int] = [:]
        let features = service.readFeatures.compactMap { read -> Output? in
            switch byView[read.view.name] {
            case .rows(_, let parts, let match): return .feature(read.feature, parts: parts, match)
            case .aggregates(_, let columns):
                defer { aggregates[read.view.name, default: 0] += 1 }
                return .aggregate(aggregates[read.view.name, default: 0], columns)
            case nil: return nil
            }
        }
        return features
            + joins.filter { withTimes && !$0.layout.isTimeless }.map { join in
                switch join {
                case .rows(_, let parts, let match): .eventTime(parts: parts, match)
                case .aggregates(_, let columns): .lastEvent(columns)
                }
            }
    }

    private func gather(_ outputs: [Output], rowCount: Int) throws(DataError) -> [Column] {
        try Parallel.tryMap(outputs) { output throws(DataError) in
            switch output {
            case .feature(let feature, let parts, let match):
                try match.selected.gather(feature.type.dataType, count: rowCount) {
                    (part, block) throws(DataError) in
                    try parts[part].blockColumn(of: feature, block: block)
                } release: { part, blocks in
                    parts[part].release(feature, blocks: blocks)
                }
            case .eventTime(let parts, let match):
                try match.selected.gather(.instant, count: rowCount) { (part, block) throws(DataError) in
                    try parts[part].events(of: block).map(BlockColumn.whole)
                } release: { part, blocks in
                    parts[part].releaseTimes(of: blocks)
                }
            case .aggregate(let place, let columns): columns.column(place)
            case .lastEvent(let columns): columns.lastEventTimes()
            }
        }
    }
}
