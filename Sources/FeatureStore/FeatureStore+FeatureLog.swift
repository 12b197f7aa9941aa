import Columnar
import Foundation

/// What services remember of their reads.
extension FeatureStore {
    /// A reader that remembers the rows of reads with a request id.
    ///
    /// - Throws: `LogError.notDeclared` unless the service has `log:`; as `onlineReader(for:)`.
    public func recordingReader(for service: String, fullNames: Bool = false) throws -> RecordingReader {
        let (version, definitions) = try applied()
        let writer = try logWriter(of: service, in: definitions)
        let reader = try onlineReader(for: .service(service), fullNames: fullNames)
        return try RecordingReader(reader, writer: writer, definitions: version)
    }

    /// What writes a service's log; the same one at every call.
    ///
    /// - Throws: `LogError.notDeclared`; `CatalogError` if the log cannot be written.
    package func logWriter(of service: String, in definitions: Definitions) throws -> FeatureLogWriter {
        let declared = try declaredService(service, in: definitions)
        guard let policy = declared.log else { throw LogError.notDeclared(service: service) }
        if let open = openLogs[service], open.policy == policy { return open.writer }
        guard !isReadOnly else {
            throw CatalogError.notWritable(path: project.logFolder(of: service), reason: "permission denied")
        }
        let writer = try FeatureLogWriter(
            service: service, policy: policy, folder: project.logFolder(of: service), clock: clock)
        openLogs[service] = (policy, writer)
        return writer
    }

    /// Waits until all that this store has noted is durable.
    public func flushLogs() throws { for open in openLogs.values { try open.writer.flush() } }

    /// A service's log, to be read; nil if nothing was ever remembered.
    ///
    /// - Throws: `StoreError.unknown` if there is neither such a service nor a log of one.
    package func featureLog(of service: String) throws -> FeatureLog? {
        let folder = project.logFolder(of: service)
        let database = try LogDatabase(folder: folder, isReadOnly: true)
        // What a service remembered can be read when it is defined no more.
        if database == nil { _ = try declaredService(service, in: try definitions()) }
        return database.map { FeatureLog(database: $0, service: service) }
    }

    /// How much a service's log holds.
    public func logSummary(of service: String) throws -> LogSummary {
        try featureLog(of: service)?.summary()
            ?? LogSummary(
                service: service, rows: 0, segments: 0, bytes: 0, from: nil, to: nil, dropped: 0, labelsWaiting: 0,
                labelsLate: 0, labelsUnknown: 0, examples: 0, consumers: [])
    }

    /// Hands over the logged rows of a service that `filter` asks for, in the order in which they were written, portion by
    /// portion.
    ///
    /// A table's columns are `request_id`, `time` (as of which the row was read), `logged_at`, `definitions` (their
    /// version), `encoder_state` (0 for none), the join keys, `statuses` (a letter a feature: P present, N null value, F
    /// not found, O outside max age), each feature as `view__feature`, and each view's `view__event_timestamp`.
    ///
    /// - Parameter body: false ends the reading.
    public func readLog(
        of service: String, _ filter: LogFilter = LogFilter(), newestFirst: Bool = false,
        _ body: (Table) throws -> Bool
    ) throws {
        try featureLog(of: service)?.read(filter, newestFirst: newestFirst) { try body($0.table) }
    }

    /// Writes the rows that `filter` asks for to a Parquet or CSV file, by its name.
    ///
    /// Where reads by other definitions had other features, a row has nulls for those that it lacks.
    ///
    /// - Returns: rows, and the file's size in bytes.
    public func writeLog(
        of service: String, _ filter: LogFilter = LogFilter(), to path: String
    ) throws -> (rows: Int, bytes: Int) {
        var fields: [Field] = []
        try readLog(of: service, filter) { table in
            for field in table.fields where !fields.contains(field) { fields.append(field) }
            return true
        }
        if fields.isEmpty {
            let (_, definitions) = try applied()
            let resolved = try resolve(.service(service), in: definitions, fullNames: true)
            fields = LogLayout(of: resolved, joinKeys: resolved.joinKeys(in: definitions)).fields
        }
        let output = try TableOutput(path: path, fields: fields)
        var rows = 0
        try readLog(of: service, filter) { table in
            let columns = fields.map { table.column($0.name) ?? .nulls($0.type, count: table.rowCount) }
            // Rows that came since the first look may have features of definitions that were applied since.
            guard Set(table.fields).isSubset(of: fields) else { return false }
            try output.write(Table(fields: fields, columns: columns, rowCount: table.rowCount))
            rows += table.rowCount
            return true
        }
        return (rows, try output.keep())
    }

    /// The rows that `filter` asks for as one table, in the order in which they were written.
    public func logTable(of service: String, _ filter: LogFilter = LogFilter()) throws -> Table {
        var tables: [Table] = []
        var fields: [Field] = []
        try readLog(of: service, filter) { table in
            tables.append(table)
            for field in table.fields where !fields.contains(field) { fields.append(field) }
            return true
        }
        return .concatenating(
            tables.map { table in
                Table(
                    fields: fields,
                    columns: fields.map { table.column($0.name) ?? .nulls($0.type, count: table.rowCount) },
                    rowCount: table.rowCount)
            }, fields: fields)
    }

    /// Moves a service's logged rows to Parquet, and forgets what is older than the service keeps.
    public func compactLog(of service: String) throws -> LogCompactionSummary {
        let declared = try definitions().featureService(named: service)
        guard try featureLog(of: service) != nil,
            let database = try LogDatabase(folder: project.logFolder(of: service), isReadOnly: false)
        else { return LogCompactionSummary(service: service) }
        return try LogCompaction(database, retain: declared?.log?.retain, now: clock()).run(isFull: true)
    }

    /// The join keys that a read of a service takes.
    public func joinKeys(ofService name: String) throws -> [JoinKey] {
        let definitions = try definitions()
        _ = try declaredService(name, in: definitions)
        return try resolve(.service(name), in: definitions, fullNames: true).joinKeys(in: definitions)
    }

    func declaredService(_ name: String, in definitions: Definitions) throws -> FeatureService {
        guard let service = definitions.featureService(named: name) else {
            throw StoreError.unknown(
                kind: "feature service", name: name,
                suggestion: Spelling.nearest(to: name, in: definitions.featureServices.map(\.name)))
        }
        return service
    }
}
