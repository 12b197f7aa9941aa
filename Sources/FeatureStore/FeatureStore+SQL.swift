import Columnar
import Foundation

/// The SQL of a training set, for an engine that reads the store's files by itself.
public struct TrainingSetQuery: Hashable, Sendable, Codable {
    public var dialect: String
    /// The state of the history that it reads.
    public var snapshot: Int64
    /// One statement.
    public var sql: String
    /// Views of which rows were pushed that no file holds yet, so that SQL does not see them; with their number.
    public var rowsNotInFiles: [String: Int]
}

extension FeatureStore {
    /// The SQL that gives the training set of `selection` in `dialect`, row for row.
    ///
    /// - Parameters:
    ///   - entityFile: a Parquet file of entity rows, which must be in order as for a training set; nil to read a
    ///     table `entities` that the caller makes.
    ///   - timestamp: the column of times; by default `event_timestamp`, else the file's only column of timestamps.
    ///   - asOf: an earlier state of the history; by default that of this moment.
    public func sql(
        for selection: FeatureSelection, dialect: SQLDialect, entityFile: String? = nil, timestamp: String? = nil,
        fullNames: Bool = false, withTimes: Bool = false, asOf: AsOf? = nil
    ) throws -> TrainingSetQuery {
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        try service.refuseInSQL()
        let mark = try asOf.map(mark)
        let snapshot = try mark?.snapshot ?? catalog.currentSnapshot()
        var notInFiles: [String: Int] = [:]
        let views = try service.views.map { view in
            guard view.aggregation == nil else {
                throw StoreError.badRequest(
                    "the aggregates of '\(view.name)' are not told in SQL yet: ask for features of other views, or take them in a "
                        + "training set")
            }
            let layout = ViewLayout(of: view, in: definitions)
            let files = try History(layout: layout, folder: project.offlineFolder(of: view.name)).files {
                try catalog.listing(of: view.name, at: mark)
            }
            if files.rowsInHotLog > 0 { notInFiles[view.name] = files.rowsInHotLog }
            return SQLView(
                layout: layout, segments: files.segments,
                features: service.readFeatures.filter { $0.view.name == view.name }.map(\.feature),
                withTimes: withTimes,
                dialect: dialect)
        }
        let keys = service.joinKeys(in: definitions)
        let text = try TrainingSetSQL(
            title: Self.title(of: selection), service: service, snapshot: snapshot, views: views,
            entities: try entityFile.map {
                try entitiesInSQL($0, timestamp, selection, service, definitions, withTimes, dialect)
            }
                ?? SQLEntityRows(
                    tableWithTimestamp: timestamp
                        ?? (views.allSatisfy(\.layout.isTimeless) ? nil : ViewLayout.eventColumn),
                    keys: keys, dialect: dialect),
            dialect: dialect
        ).text()
        return TrainingSetQuery(dialect: dialect.rawValue, snapshot: snapshot, sql: text, rowsNotInFiles: notInFiles)
    }

    /// The file's rows, checked as a training set would check them.
    private func entitiesInSQL(
        _ path: String, _ timestamp: String?, _ selection: FeatureSelection, _ service: ResolvedService,
        _ definitions: Definitions, _ withTimes: Bool, _ dialect: SQLDialect
    ) throws -> SQLEntityRows {
        let rows = try entityRows(for: selection, file: path, timestamp: timestamp)
        try service.refuseClashes(with: rows.table, withTimes: withTimes, in: definitions)
        for view in service.views { _ = try rows.keys(definitions.joinKeys(of: view), of: view.name) }
        return try SQLEntityRows(
            file: URL(fileURLWithPath: path).resolvingSymlinksInPath().path, rows: rows,
            keys: service.joinKeys(in: definitions), dialect: dialect)
    }

    private static func title(of selection: FeatureSelection) -> String {
        switch selection {
        case .service(let name): "feature service \(name)"
        case .features(let references): references.map(\.description).joined(separator: ", ")
        }
    }
}

extension ResolvedService {
    /// The bits of our own arithmetic, texts and time zones are no other engine's.
    fileprivate func refuseInSQL() throws(StoreError) {
        guard let feature = features.first(where: { if case .onDemand = $0.view { true } else { false } }) else {
            return
        }
        let reads = readFeatures.map(\.reference.description).joined(separator: ",")
        throw .badRequest(
            "'\(feature.reference)' is computed on demand, which no other engine does to the last bit; ask for what is stored"
                + (reads.isEmpty ? "" : ", with --features \(reads)") + ", or take it from a training set")
    }
}
