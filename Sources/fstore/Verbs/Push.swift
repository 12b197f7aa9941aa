import Columnar
import FeatureServer
import FeatureStore
import Foundation

extension Command {
    static let push = Command(
        name: "push", summary: "Pushes rows into a view: durable, online and in training sets at once.",
        discussion: """
            FILE is Parquet or CSV, pushed as one batch, or JSON lines (.jsonl, or - for standard input), pushed as they come:
            a batch is up to 1,000 rows, or what came within a tenth of a second. Where the source declares created, rows may lack it and
            became known by the push.

            With --batch-id a batch that was pushed before under its id changes nothing, so a push that was cut off can be run
            again: a file's batch has the id itself; those of JSON lines are ID/1, ID/2, … of 1,000 lines each, and none is
            pushed before it is full or the input ends.
            """,
        arguments: [
            Argument(name: "VIEW", help: "The feature view.", completion: .candidates("views")),
            Argument(
                name: "FILE", help: "The rows; - or nothing for JSON lines from standard input.", count: .optional,
                completion: .file),
        ],
        options: [
            Option(name: "batch-id", kind: .value("ID"), help: "Names the batch, so that it is taken once.")
        ],
        examples: [
            ("fstore push driver_stats late.csv", "a file's rows"),
            ("kcat -C -t trips | fstore push driver_stats -", "a stream, for as long as it lasts"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let view = arguments.positional[0]
        let path = arguments.argument("FILE") ?? "-"
        let id = arguments.value("batch-id")
        let clock = ContinuousClock.now
        var total: PushTotal
        if path == "-" || path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") {
            total = try pushLines(of: path, into: view, of: store, id: id, terminal)
        } else {
            total = PushTotal(view: view)
            let definitions = try store.definitions()
            let declared = try columns(of: view, in: definitions).map { ($0.name, $0.type.dataType) }
            let table = try TableFile.read(
                path, declared: Dictionary(declared, uniquingKeysWith: { first, _ in first }))
            total.add(try store.push(view, table: table, origin: path, batchID: id))
        }
        total.seconds = Quantities.seconds(ContinuousClock.now - clock)
        terminal.say(total.line)
        try terminal.printJSON(total)
    }

    private static func columns(of name: String, in definitions: Definitions) throws -> [PushColumn] {
        definitions.pushColumns(of: try definitions.storedView(named: name))
    }

    private static let batchRows = 1000

    /// Pushes JSON lines as they come. The pipe is read no faster than rows are stored, so a slow disk slows its writer.
    private static func pushLines(
        of path: String, into view: String, of store: FeatureStore, id: String?, _ terminal: Terminal
    ) throws -> PushTotal {
        var descriptor = STDIN_FILENO
        if path != "-" {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
            }
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        let origin = path == "-" ? "standard input" : path
        var rows = JSONLines(for: try columns(of: view, in: try store.definitions()))
        var total = PushTotal(view: view)
        var lastFlush = ContinuousClock.now
        func flush() throws {
            lastFlush = .now
            guard rows.count > 0 else { return }
            let batchID = id.map { "\($0)/\(total.batches + 1)" }
            total.add(try store.push(view, table: rows.table(), origin: origin, batchID: batchID))
        }
        do {
            try LineInput(descriptor: descriptor, pauseMilliseconds: 100).read { event in
                switch event {
                case .line(let line):
                    try rows.append(line, origin: origin)
                    // A stream that never pauses must not keep its rows waiting either.
                    let isDue = id == nil && ContinuousClock.now - lastFlush > .milliseconds(100)
                    if rows.count >= batchRows || isDue { try flush() }
                case .pause: if id == nil { try flush() }
                }
            }
            try flush()
        } catch {
            // What came before the mistake is good, and its sender will not send it again.
            if id == nil { try? flush() }
            terminal.say(total.line + " before the error")
            throw error
        }
        return total
    }
}

/// What all batches of a push did together.
struct PushTotal: Encodable {
    let view: String
    var rows = 0
    var batches = 0
    /// Batches that had been pushed before.
    var repeated = 0
    /// Rows left out because their keys were deleted.
    var rowsBarred = 0
    /// Rows that are not available yet.
    var rowsWaiting = 0
    var seconds = 0.0

    init(view: String) { self.view = view }

    mutating func add(_ summary: PushSummary) {
        batches += 1
        if summary.isRepeated {
            repeated += 1
        } else {
            rows += summary.rows - summary.rowsBarred
            rowsBarred += summary.rowsBarred
        }
        rowsWaiting += summary.rowsWaiting
    }

    private func batchCount(_ number: Int) -> String {
        "\(Quantities.count(number)) \(number == 1 ? "batch" : "batches")"
    }

    var line: String {
        var text =
            "\(view): \(Quantities.count(rows, "row")) pushed in \(batchCount(batches - repeated))"
        if repeated > 0 { text += "; \(batchCount(repeated)) had been pushed before" }
        if rowsBarred > 0 { text += "; \(Quantities.count(rowsBarred, "row")) of deleted keys left out" }
        if rowsWaiting > 0 { text += "; \(Quantities.count(rowsWaiting, "row")) wait for their time" }
        return text + (seconds > 0 ? ", \(Quantities.seconds(seconds))" : "")
    }
}
