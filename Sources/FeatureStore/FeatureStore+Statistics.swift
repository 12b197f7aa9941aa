import Columnar

/// What is known of the values of a view's features.
public struct ViewStatistics: Sendable, Encodable {
    public var view: String
    /// Rows of history.
    public var rows: Int64
    /// Rows for which nothing was collected as they were stored: pushed ones that no segment holds yet, and those of
    /// segments that an older version wrote. They were looked at now, or are left out.
    public var rowsUncollected: Int64
    public var features: [FeatureStatistics]
}

extension FeatureStore {
    /// What is known of the values of a view's history, from what was collected as they were stored: it costs no scan.
    ///
    /// - Parameters:
    ///   - features: the features to tell of; all if nil.
    ///   - looksAtRows: whether rows for which nothing was collected are looked at now, or left out.
    /// - Throws: `StoreError.unknown` for a view or feature that there is not.
    public func statistics(
        of view: String, features names: [String]? = nil, looksAtRows: Bool = true
    ) throws -> ViewStatistics {
        let (layout, _) = try layout(of: view)
        let features = try names.map { try $0.map { try layout.view.storedFeature(named: $0) } } ?? layout.features
        let history = try history(of: layout)
        var summaries = features.map { FeatureSummary(of: $0.type) }
        var uncollected: Int64 = 0
        for part in history {
            var stored: [String: FeatureSummary] = [:]
            if case .segment(let file) = part { stored = try catalog.summaries(ofSegment: file.record.id) }
            if stored.isEmpty {
                uncollected += Int64(part.rowCount)
                guard looksAtRows else { continue }
                stored = try part.summaries(of: features)
            }
            for (i, feature) in features.enumerated() {
                // The segment was written before the view had the feature.
                let summary = stored[feature.name] ?? .nulls(Int64(part.rowCount), of: feature.type)
                guard summary.fits(feature.type) else {
                    throw CatalogError.unreadable(
                        path: catalog.database.path,
                        reason: "the summary of feature '\(feature.name)' is not one of \(feature.type)")
                }
                summaries[i].merge(summary)
            }
        }
        return ViewStatistics(
            view: view, rows: history.reduce(0) { $0 + Int64($1.rowCount) }, rowsUncollected: uncollected,
            features: zip(summaries, features).map { FeatureStatistics($0, of: $1) })
    }
}

extension FeatureView {
    /// - Throws: `StoreError.unknown`.
    func storedFeature(named name: String) throws(StoreError) -> Feature {
        if let feature = storedFeatures.first(where: { $0.name == name }) { return feature }
        throw .unknown(
            kind: "\(aggregation == nil ? "feature" : "event column") of '\(self.name)'", name: name,
            suggestion: Spelling.nearest(to: name, in: storedFeatures.map(\.name)))
    }
}

extension HistoryPart {
    /// What collecting tells of features, by looking at all rows.
    func summaries(of features: [Feature]) throws(DataError) -> [String: FeatureSummary] {
        let collector = StatisticsCollector(of: features)
        var firstRow = 0
        for block in 0..<blockCount {
            let count = rowCount(of: block)
            let columns = try Parallel.tryMap(features) { feature throws(DataError) in
                try self.values(of: feature, block: block) ?? .nulls(feature.type.dataType, count: count)
            }
            collector.add(columns, firstRow: firstRow)
            firstRow += count
        }
        return collector.finish()
    }
}
