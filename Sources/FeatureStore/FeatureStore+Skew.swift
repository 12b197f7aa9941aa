import Columnar

extension FeatureStore {
    /// Logged rows that are compared at once.
    static let skewBatch = 262_144

    /// Compares what a service has served, as it remembers it, with what the history says of the same keys and times.
    ///
    /// Rows are looked up by the definitions that they were read by. What differs was served too late, or the history has been
    /// changed since.
    ///
    /// - Parameters:
    ///   - from: only reads as of this time or later.
    ///   - to: only reads as of earlier times.
    /// - Throws: `StoreError` if the service remembers nothing of that time.
    public func skew(of service: String, from: Timestamp? = nil, to: Timestamp? = nil) throws -> SkewReport {
        var comparison = SkewComparison(store: self, service: service)
        try featureLog(of: service)?.read(LogFilter(from: from, to: to)) { portion in
            try comparison.add(portion.table, definitions: portion.definitions)
            return true
        }
        try comparison.flush()
        guard comparison.report.rows + comparison.report.rowsLeftOut > 0 else {
            throw StoreError.badRequest(
                "service '\(service)' remembers no reads"
                    + (from == nil && to == nil ? ": declare 'log:', and read with request ids" : " of that time"))
        }
        return comparison.report
    }
}

/// Collects logged rows of one version of the definitions, and compares them with the history, many at once.
private struct SkewComparison {
    let store: FeatureStore
    let service: String
    private(set) var report: SkewReport
    private var pending: [Table] = []
    private var pendingRows = 0
    private var definitions: Int64 = 0
    private var first: Timestamp?
    private var last: Timestamp?

    init(store: FeatureStore, service: String) {
        (self.store, self.service) = (store, service)
        report = SkewReport(service: service, rows: 0, rowsLeftOut: 0, features: [])
    }

    mutating func add(_ rows: Table, definitions version: Int64) throws {
        if version != definitions || pending.first.map({ $0.fields != rows.fields }) ?? false { try flush() }
        definitions = version
        pending.append(rows)
        pendingRows += rows.rowCount
        if pendingRows >= FeatureStore.skewBatch { try flush() }
    }

    mutating func flush() throws {
        guard let fields = pending.first?.fields else { return }
        let served = Table.concatenating(pending, fields: fields)
        (pending, pendingRows) = ([], 0)
        guard let definitions = try store.catalog.definitions(version: definitions) else {
            return leaveOut(served, "the catalog no longer has the definitions of version \(self.definitions)")
        }
        guard definitions.featureService(named: service) != nil, let times = served.column("time") else {
            return leaveOut(served, "the definitions of version \(self.definitions) have no service '\(service)'")
        }
        // What was computed on demand came of a request, which is not remembered.
        let stored = try store.resolve(.service(service), in: definitions, fullNames: true).features.filter {
            definitions.featureView(named: $0.view.name) != nil
        }
        guard !stored.isEmpty else { return leaveOut(served, "all features of '\(service)' are computed on demand") }
        let resolved = try ResolvedService(
            references: stored.map { FeatureReference(view: $0.view.name, feature: $0.feature.name) },
            in: definitions, fullNames: true)
        let keys = resolved.joinKeys(in: definitions)
        let entities = Table(
            fields: keys.map { Field($0.name, $0.type.dataType) } + [Field(Self.timeColumn, .instant)],
            columns: try keys.map { key in
                guard let column = served.column(key.name) else {
                    throw StoreError.badRequest("the log of '\(service)' lacks the join key '\(key.name)'")
                }
                return column
            } + [times], rowCount: served.rowCount)
        let set = try TrainingSetBuilder(
            service: resolved, definitions: definitions, withTimes: true,
            history: { [store] in try store.history(of: $0) }
        ).build(for: try EntityRows(entities, timestamp: Self.timeColumn, origin: "the log of \(service)"))
        compare(served, with: set.table, resolved)
    }

    /// A name that no feature has: those have a view's name in front.
    private static let timeColumn = "time of the read"

    private mutating func compare(_ served: Table, with history: Table, _ resolved: ResolvedService) {
        report.rows += served.rowCount
        let ids = served.column("request_id")
        guard let times = served.column("time") else { return }
        for feature in resolved.features {
            guard let one = served.column(feature.outputName), let other = history.column(feature.outputName) else {
                continue
            }
            let name = "\(feature.view.name):\(feature.feature.name)"
            let place = report.features.firstIndex { $0.feature == name } ?? report.features.count
            if place == report.features.count { report.features.append(FeatureSkew(feature: name)) }
            let eventName = "\(feature.view.name)__event_timestamp"
            let (then, now) = (served.column(eventName), history.column(eventName))
            report.features[place].compare(one, with: other) { row in
                var isStale = false
                if let then, let now, case .timestamp(let latest) = now.value(at: row) {
                    if case .timestamp(let old) = then.value(at: row) { isStale = old < latest } else { isStale = true }
                }
                return (ids?.value(at: row).description ?? "", times.value(at: row).description, isStale)
            }
        }
        let values = times.elements(as: Int64.self)
        withExtendedLifetime(times) {
            if let least = values.prefix(times.count).min(), let greatest = values.prefix(times.count).max() {
                first = min(first ?? .init(microseconds: least), .init(microseconds: least))
                last = max(last ?? .init(microseconds: greatest), .init(microseconds: greatest))
            }
        }
        (report.from, report.to) = (first?.description, last?.description)
    }

    private mutating func leaveOut(_ rows: Table, _ reason: String) {
        report.rowsLeftOut += rows.rowCount
        report.obstacle = reason
    }
}
