import Columnar
import Foundation

extension FeatureStore {
    /// The most rows of a side that are compared; of more, as many are chosen that each had the same chance.
    static let driftRows = 2_000_000

    /// Compares the values of a service's features with those of a baseline, feature by feature.
    ///
    /// - Parameters:
    ///   - current: by default what the service remembers of its reads, if that is anything, else what is online.
    ///   - from: of a log or history, only rows of this time or later.
    ///   - to: of a log or history, only rows of earlier times.
    /// - Throws: `StoreError` for a service, training set or source that there is not; `DataError` for an unreadable file.
    public func drift(
        of service: String, from baseline: DriftSource, to current: DriftSource? = nil, from: Timestamp? = nil,
        to: Timestamp? = nil, thresholds: DriftThresholds = DriftThresholds()
    ) throws -> DriftReport {
        let definitions = try definitions()
        _ = try declaredService(service, in: definitions)
        let features = try resolve(.service(service), in: definitions, fullNames: true).features
        let current = try current ?? (logSummary(of: service).rows > 0 ? .log : .online)
        if from != nil || to != nil, !current.hasTimes {
            throw StoreError.badRequest(
                "rows of \(current) cannot be chosen by time: compare with --current log or --current history")
        }
        let rows = DriftRows(store: self, service: service, features: features, definitions: definitions)
        let before = try rows.values(of: baseline, from: nil, to: nil)
        let now = try rows.values(of: current, from: from, to: to)
        let compared = zip(features, zip(before, now)).map { feature, sides in
            let name = "\(feature.view.name):\(feature.feature.name)"
            var drift: FeatureDrift
            switch sides {
            case (.success(let a), .success(let b)): drift = FeatureDrift(name, feature.feature.type, a, b)
            case (.failure(let missing), _):
                drift = .incomparable(name, feature.feature.type, "\(baseline) \(missing.reason)")
            case (_, .failure(let missing)):
                drift = .incomparable(name, feature.feature.type, "\(current) \(missing.reason)")
            }
            drift.findings = thresholds.findings(of: drift)
            return drift
        }
        return DriftReport(
            service: service, baseline: baseline.description, current: current.description, from: from?.description,
            to: to?.description, made: Timestamp.now.description, thresholds: thresholds, features: compared)
    }
}

extension FeatureDrift {
    fileprivate static func incomparable(_ feature: String, _ type: FeatureType, _ obstacle: String) -> FeatureDrift {
        let nothing = Side(rows: 0, missing: 0, missingShare: 0)
        return FeatureDrift(feature: feature, type: type, baseline: nothing, current: nothing, obstacle: obstacle)
    }
}

/// Gets the values of a service's features from wherever they are.
private struct DriftRows {
    let store: FeatureStore
    let service: String
    let features: [ResolvedFeature]
    let definitions: Definitions

    /// Why a source has no values of a feature, as the end of a sentence.
    struct Missing: Error {
        let reason: String
    }

    typealias Values = [Result<FeatureValues, Missing>]

    /// The values of each feature.
    func values(of source: DriftSource, from: Timestamp?, to: Timestamp?) throws -> Values {
        switch source {
        case .trainingSet(let id): return try values(in: [try table(ofTrainingSet: id)])
        case .file(let path):
            return try values(in: try sampled { add in try add(try TableFile.read(path)) })
        case .log:
            let tables = try sampled { add in
                try store.readLog(of: service, LogFilter(from: from, to: to)) {
                    try add($0)
                    return true
                }
            }
            guard !tables.isEmpty else {
                throw StoreError.badRequest(
                    "service '\(service)' remembers no reads"
                        + (from == nil && to == nil ? ": declare 'log:', and read with request ids" : " of that time"))
            }
            return try values(in: tables)
        case .online:
            return try byView { view, layout in
                guard view.aggregation == nil else {
                    throw Missing(reason: "has no rows of aggregates, which are computed as they are read")
                }
                do {
                    return try sampled { add in
                        try store.scan(view.name) {
                            try add($0)
                            return true
                        }
                    }
                } catch StoreError.nothingMaterialized(let view) {
                    throw Missing(reason: "has no rows of '\(view)' yet; run 'fstore materialize \(view)'")
                }
            }
        case .history:
            return try byView { view, layout in
                guard view.aggregation == nil else {
                    throw Missing(reason: "has events of aggregates, and not their values")
                }
                return try sampled { add in try rows(of: layout, from: from, to: to, add) }
            }
        }
    }

    // MARK: - Sources

    /// A recorded training set: its file, if that still is what was written, or else the set made again.
    private func table(ofTrainingSet id: Int64) throws -> Table {
        let record = try store.trainingSetRecord(id)
        if let output = record.outputs.first, let recorded = output.checksum,
            FileManager.default.isReadableFile(atPath: output.path),
            try Checksum(ofFile: output.path).matches(recorded, ofFile: output.path)
        {
            return try TableFile.read(output.path)
        }
        guard record.entities.givenName == nil else {
            throw StoreError.badRequest(
                "training set \(id) was made of rows given in memory, which are not kept: write it to a file with 'fstore "
                    + "training-set --again \(id) --entities FILE --out FILE', and name that")
        }
        let set = try store.trainingSetAgain(id)
        return set.table.slice(0..<(set.split?.trainRows ?? set.table.rowCount))
    }

    /// The rows of a view's history of event times within the bounds, block by block.
    private func rows(
        of layout: ViewLayout, from: Timestamp?, to: Timestamp?, _ add: (Table) throws -> Void
    ) throws {
        let (first, end) = (from?.microseconds ?? .min, to?.microseconds ?? .max)
        for part in try store.history(of: layout) {
            if let times = part.eventTimes, times.upperBound < first || (times.lowerBound >= end && to != nil) {
                continue
            }
            for block in 0..<part.blockCount {
                try Cancellation.check()
                let rows = try part.table(of: block)
                guard let index = layout.eventIndex, from != nil || to != nil else {
                    try add(rows)
                    continue
                }
                let times = rows.columns[index].elements(as: Int64.self)
                let kept = withExtendedLifetime(rows) {
                    (0..<Int32(rows.rowCount)).filter {
                        times[Int($0)] >= first && (to == nil || times[Int($0)] < end)
                    }
                }
                if !kept.isEmpty { try add(kept.count == rows.rowCount ? rows : rows.taking(kept[...])) }
            }
        }
    }

    private func sampled(_ read: ((Table) throws -> Void) throws -> Void) throws -> [Table] {
        var thinning = RowThinning(limit: FeatureStore.driftRows)
        try read {
            try Cancellation.check()
            thinning.add($0)
        }
        return thinning.tables
    }

    // MARK: - Values

    /// Of tables in which columns are called by the feature's name, with its view or without.
    private func values(in tables: [Table]) throws -> Values {
        let withoutView = Dictionary(grouping: features, by: \.feature.name).filter { $0.value.count == 1 }
        return features.map { feature in
            var values = FeatureValues(of: feature.feature.type)
            var isThere = false
            for table in tables {
                let short = withoutView[feature.feature.name] == nil ? nil : table.column(feature.feature.name)
                guard let column = table.column(feature.outputName) ?? short else { continue }
                guard values.add(column) else {
                    return .failure(Missing(reason: "has \(column.type) where the feature is \(feature.feature.type)"))
                }
                isThere = true
            }
            guard isThere else { return .failure(Missing(reason: "has no column of it")) }
            values.sort()
            return .success(values)
        }
    }

    /// View by view, of tables with the views' own columns.
    private func byView(_ read: (FeatureView, ViewLayout) throws -> [Table]) throws -> Values {
        var known: [String: Result<[Table], Missing>] = [:]
        return try features.map { feature in
            guard let view = definitions.featureView(named: feature.view.name) else {
                return .failure(Missing(reason: "has no values that are computed on demand"))
            }
            if known[view.name] == nil {
                do {
                    known[view.name] = .success(try read(view, ViewLayout(of: view, in: definitions)))
                } catch let missing as Missing {
                    known[view.name] = .failure(missing)
                }
            }
            let tables: [Table]
            switch known[view.name] {
            case .success(let read)?: tables = read
            case .failure(let missing)?: return .failure(missing)
            case nil: tables = []
            }
            var values = FeatureValues(of: feature.feature.type)
            for table in tables {
                if let column = table.column(feature.feature.name) { _ = values.add(column) }
            }
            values.sort()
            return .success(values)
        }
    }
}
