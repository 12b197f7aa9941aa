import Columnar

/// What is known of the values of a view's features.
public struct ViewStatistics: Sendable, Encodable {
    public var view: String
    /// Rows of history.
    public var rows: Int64
    public var segments: Int
    /// Rows that had to be looked at, because they lie in segments without statistics.
    public var rowsScanned: Int64
    public var features: [FeatureStatistics]
}

extension FeatureStore {
    /// What is known of the values of a view's history, from what was collected as they were stored: it costs no scan.
    ///
    /// - Parameter features: the features to tell of; all if nil.
    /// - Throws: `StoreError.unknown` for a view or feature that there is not.
    public func statistics(of view: String, features names: [String]? = nil) throws -> ViewStatistics {
        let (layout, _) = try layout(of: view)
        let features = try names.map { try $0.map { try layout.view.feature(named: $0) } } ?? layout.view.features
        let segments = try segments(layout)
        var summaries = features.map { FeatureSummary(of: $0.type) }
        var scanned: Int64 = 0
        for segment in segments {
            var stored = try catalog.summaries(ofSegment: segment.record.id)
            if stored.isEmpty {
                stored = try segment.summaries(of: features)
                scanned += Int64(segment.record.rows)
            }
            for (i, feature) in features.enumerated() {
                let summary = stored[feature.name] ?? .nulls(Int64(segment.record.rows), of: feature.type)
                guard summary.fits(feature.type) else {
                    throw CatalogError.unreadable(
                        path: catalog.database.path,
                        reason: "the summary of feature '\(feature.name)' is not one of \(feature.type)")
                }
                summaries[i].merge(summary)
            }
        }
        return ViewStatistics(
            view: view, rows: segments.reduce(0) { $0 + Int64($1.record.rows) }, segments: segments.count,
            rowsScanned: scanned, features: zip(summaries, features).map { FeatureStatistics($0, of: $1) })
    }
}

extension FeatureView {
    /// - Throws: `StoreError.unknown`.
    func feature(named name: String) throws(StoreError) -> Feature {
        if let feature = features.first(where: { $0.name == name }) { return feature }
        throw .unknown(
            kind: "feature of '\(self.name)'", name: name,
            suggestion: Spelling.nearest(to: name, in: features.map(\.name)))
    }
}

extension SegmentFile {
    /// What collecting would have told of features as the segment was written.
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
