import Columnar
import FeatureServer
import FeatureStore
import Foundation

extension Command {
    static let label = Command(
        name: "label", summary: "Tells what came of reads: labels, by request id.",
        discussion: """
            A label is joined to the row that the read with its request id was served, and makes an example. It counts within
            the service's window; a later label of the same read that differs corrects it. Labels are durable when the verb
            ends.

            FILE is Parquet or CSV with the columns request_id and value (or the label's own name), and if need be weight;
            or JSON lines with the same names (.jsonl, or - for standard input), taken in as they come.
            """,
        arguments: [
            Argument(name: "SERVICE", help: "The feature service.", completion: .candidates("services")),
            Argument(
                name: "FILE|NAME=VALUE", help: "A file, or request_id=… value=… [weight=…].", count: .any,
                completion: .file),
        ],
        examples: [
            ("fstore label eta_v1 request_id=trip-17 value=true", "one label"),
            ("fstore label eta_v1 labels.parquet", "a file of them"),
            ("kcat -C -t outcomes | fstore label eta_v1 -", "a stream, for as long as it lasts"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let service = arguments.positional[0]
        let words = Array(arguments.positional.dropFirst())
        guard let first = words.first else {
            throw UsageError(description: "FILE, or request_id=… and value=…, is missing")
        }
        let summary: LabelSummary
        if words.count == 1, first == "-" || first.hasSuffix(".jsonl") || first.hasSuffix(".ndjson") {
            summary = try labelLines(of: first, service, store)
        } else if words.count == 1, !first.contains("=") {
            summary = try store.label(service, table: try TableFile.read(first), origin: first)
        } else {
            summary = try store.label(service, [try single(words, try store.declaredLabel(of: service))])
        }
        terminal.say(line(of: summary))
        try terminal.printJSON(summary)
    }

    private static func single(_ words: [String], _ label: ServiceLabel) throws -> Label {
        var given = try KeyValues(words).texts
        guard let id = given.removeValue(forKey: "request_id") else {
            throw UsageError(description: "request_id=… is missing")
        }
        guard let text = given.removeValue(forKey: "value") ?? given.removeValue(forKey: label.name) else {
            throw UsageError(description: "value=… is missing")
        }
        let weight = given.removeValue(forKey: "weight")
        if let other = given.keys.sorted().first {
            throw UsageError(description: "'\(other)' is none of request_id, value and weight")
        }
        guard let value = label.value(parsing: text) else {
            throw StoreError.badRequest("'\(text)' is no label of type \(label.type)")
        }
        guard let number = Double(weight ?? "1") else {
            throw StoreError.badRequest("a weight is 0 or more, and not '\(weight ?? "")'")
        }
        return Label(requestID: id, value: value, weight: number)
    }

    /// Takes JSON lines in as they come.
    private static func labelLines(of path: String, _ service: String, _ store: FeatureStore) throws -> LabelSummary {
        let label = try store.declaredLabel(of: service)
        let input = try LineInput(openingPath: path, pauseMilliseconds: 100)
        defer { input.close() }
        let origin = path == "-" ? "standard input" : path
        var rows = JSONLines(for: label.columns)
        var total = LabelSummary(service: service)
        func flush() throws {
            guard rows.count > 0 else { return }
            total.add(try store.label(service, table: rows.table(), origin: origin))
        }
        try input.read { event in
            switch event {
            case .line(let line):
                try rows.append(line, origin: origin)
                if rows.count >= 1000 { try flush() }
            case .pause: try flush()
            }
        }
        try flush()
        return total
    }

    private static func line(of summary: LabelSummary) -> String {
        var parts = [
            "\(summary.service): \(Quantities.count(summary.labels, "label"))",
            "\(Quantities.count(summary.joined)) joined",
        ]
        func add(_ count: Int, _ what: String) { if count > 0 { parts.append("\(Quantities.count(count)) \(what)") } }
        add(summary.corrections, "of them corrections")
        add(summary.repeated, "repeated")
        add(summary.late, "too late")
        add(summary.unknown, "of unknown reads")
        add(summary.waiting, "waiting for their reads")
        add(summary.missing, "reads given up, for which none came")
        return parts.joined(separator: ", ")
    }
}

extension LabelSummary {
    fileprivate mutating func add(_ other: LabelSummary) {
        labels += other.labels
        joined += other.joined
        corrections += other.corrections
        repeated += other.repeated
        late += other.late
        unknown += other.unknown
        missing += other.missing
        // Those that waited before are among those that wait now.
        waiting = other.waiting
    }
}
