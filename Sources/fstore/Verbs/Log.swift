import Columnar
import FeatureStore
import Foundation

extension Command {
    static let log = Command(
        name: "log", summary: "Shows what a service remembers of its reads.",
        discussion: """
            A read with a request id is remembered as it was served, if the service declares 'log:': the keys, each feature's
            value and status, the time as of which it was read, and the version of the definitions. Rows come in the order in
            which they were written.

            In files and JSON, features are named view__feature. Statuses are a letter a feature in the service's order: P
            present, N null value, F not found, O outside max age.

            Rows go to Parquet by themselves as they become many, and are forgotten after the service's 'retain'; --compact
            does so at once.
            """,
        arguments: [
            Argument(name: "SERVICE", help: "The feature service.", completion: .candidates("services")),
            Argument(name: "KEY=VALUE", help: "Only reads of these join keys, some or all.", count: .any),
        ],
        options: [
            Option(name: "from", kind: .value("TIME"), help: "Only reads as of this time or later."),
            Option(name: "to", kind: .value("TIME"), help: "Only reads as of an earlier time."),
            Option(name: "request-id", kind: .value("ID"), help: "Only what was read under this name."),
            Option(name: "rows", kind: .value("N"), help: "Show the last N rows. Default: 20; --json has all."),
            Option(
                name: "out", kind: .value("FILE"), help: "Write all rows to Parquet or CSV, by its name.",
                completion: .file),
            Option(name: "compact", help: "Move rows to Parquet, and forget those that are too old."),
        ],
        examples: [
            ("fstore log eta_v1", "how much it holds, and the last rows"),
            ("fstore log eta_v1 driver_id=1001 --from 2024-03-01", "what a driver was served since March"),
            ("fstore log eta_v1 --request-id trip-17", "what one read gave"),
            ("fstore log eta_v1 --out served.parquet", "all of it, for other tools"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let service = arguments.positional[0]
        if arguments.flag("compact") {
            let summary = try store.compactLog(of: service)
            terminal.say(line(of: summary))
            return try terminal.printJSON(summary)
        }
        let filter = try logFilter(arguments, store, service)
        if let path = arguments.value("out") {
            let begun = ContinuousClock.now
            let (rows, bytes) = try store.writeLog(of: service, filter, to: path)
            terminal.say(
                "\(path): \(Quantities.count(rows, "row")), \(Quantities.bytes(bytes)), "
                    + Quantities.seconds(Quantities.seconds(ContinuousClock.now - begun)))
            return try terminal.printJSON(Written(rows: rows, bytes: bytes, path: path))
        }
        let limit = try arguments.value("rows", "a number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
        let summary = try store.logSummary(of: service)
        let rows = try lastRows(of: store, service, filter, limit: limit ?? (terminal.printsJSON ? .max : 20))
        terminal.say(line(of: summary))
        if arguments.value("request-id") != nil {
            for row in rows { table(of: row).lines().forEach(terminal.say) }
        } else if !rows.isEmpty {
            terminal.say(table(of: rows))
        }
        try terminal.printJSON(Answer(summary: summary, rows: rows))
    }

    private struct Written: Encodable {
        let rows: Int
        let bytes: Int
        let path: String
    }

    private struct Answer: Encodable {
        let summary: LogSummary
        let rows: [LoggedRow]
    }

    private static func logFilter(
        _ arguments: ParsedArguments, _ store: FeatureStore, _ service: String
    ) throws -> LogFilter {
        let expected = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let given = try KeyValues(arguments.positional.dropFirst())
        var keys: [String: Value] = [:]
        if !given.texts.isEmpty { keys = try given.some(of: try store.joinKeys(ofService: service)) }
        return LogFilter(
            from: try arguments.value("from", expected) { Timestamp(parsing: $0) },
            to: try arguments.value("to", expected) { Timestamp(parsing: $0) },
            requestID: arguments.value("request-id"), keys: keys)
    }

    private static func lastRows(
        of store: FeatureStore, _ service: String, _ filter: LogFilter, limit: Int
    ) throws -> [LoggedRow] {
        var rows: [LoggedRow] = []
        guard limit > 0 else { return [] }
        try store.readLog(of: service, filter, newestFirst: true) { table in
            for row in (0..<table.rowCount).reversed() where rows.count < limit { rows.append(LoggedRow(table, row)) }
            return rows.count < limit
        }
        return rows.reversed()
    }

    private static func line(of summary: LogSummary) -> String {
        guard summary.rows > 0, let from = summary.from, let to = summary.to else {
            return "\(summary.service): nothing is remembered"
        }
        var parts = [
            "\(summary.service): \(Quantities.count(summary.rows, "row")), \(from) to \(to)",
            Quantities.bytes(summary.bytes),
        ]
        if summary.segments > 0 { parts.append(Quantities.count(summary.segments, "segment")) }
        if summary.dropped > 0 { parts.append("\(Quantities.count(summary.dropped)) dropped") }
        if summary.examples > 0 { parts.append(Quantities.count(summary.examples, "example")) }
        return parts.joined(separator: ", ")
    }

    private static func line(of summary: LogCompactionSummary) -> String {
        var text =
            "\(summary.service): \(Quantities.count(summary.rowsMoved, "row")) moved to "
            + "\(Quantities.count(summary.segmentsWritten, "segment")), \(Quantities.bytes(summary.bytes)) in all"
        if summary.rowsForgotten > 0 {
            text += "; \(Quantities.count(summary.rowsForgotten, "row")) too old and forgotten"
        }
        return text
    }

    private static func table(of rows: [LoggedRow]) -> TextTable {
        var features: [String] = []
        for row in rows {
            for feature in row.features where !features.contains(feature.name) { features.append(feature.name) }
        }
        var table = TextTable(["time", "request id"] + rows[0].keys.map(\.name) + features, times: [0])
        for row in rows {
            let values = features.map { name in
                row.features.first { $0.name == name }.map { $0.value.value == .null ? "–" : $0.value.value.shown }
                    ?? ""
            }
            table.add([row.time.description, row.requestID] + row.keys.map { $0.value.value.shown } + values)
        }
        return table
    }

    private static func table(of row: LoggedRow) -> TextTable {
        let keys = row.keys.map { "\($0.name)=\($0.value.value.shown)" }.joined(separator: " ")
        var table = TextTable(["\(row.requestID): \(keys) at \(row.time)", "value", "status"])
        for feature in row.features {
            let value = feature.value.value
            table.add([feature.name, value == .null ? "–" : value.shown, feature.status.rawValue])
        }
        return table
    }
}
