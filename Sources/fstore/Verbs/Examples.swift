import Columnar
import FeatureStore
import Foundation

extension Command {
    static let examples = Command(
        name: "examples", summary: "Hands out labelled examples, each once for each consumer.",
        discussion: """
            An example is a row as it was served, with its label, weight and kind: label; correction, of a read that was
            labelled otherwise before; or missing, where none came within the window and the service says what it is then.
            Examples are numbered in the order in which their labels came, and come in that order.

            They are printed as JSON lines, one an example with its number, or written to --out. After each batch the
            consumer's position is committed, so that the next call goes on from there. With --no-commit it is not: commit
            with --commit once what was printed has been made use of, and nothing is lost, whatever crashes.
            """,
        arguments: [
            Argument(name: "SERVICE", help: "The feature service.", completion: .candidates("services"))
        ],
        options: [
            Option(name: "consumer", kind: .value("NAME"), help: "Who asks: each name has a position of its own."),
            Option(name: "follow", help: "Wait for more when there are no more."),
            Option(name: "batch", kind: .value("N"), help: "Examples between two commits. Default: 1024."),
            Option(name: "limit", kind: .value("N"), help: "Hand out so many at most."),
            Option(name: "after", kind: .value("POSITION"), help: "Begin after this example, whatever is committed."),
            Option(name: "no-commit", help: "Leave the consumer's position as it is."),
            Option(name: "commit", kind: .value("POSITION"), help: "Only set the consumer's position."),
            Option(name: "out", kind: .value("FILE"), help: "Write to Parquet or CSV, by its name.", completion: .file),
        ],
        examples: [
            ("fstore examples eta_v1 --consumer trainer", "what is new for the trainer"),
            ("fstore examples eta_v1 --consumer trainer --follow | learn", "for as long as both run"),
            ("fstore examples eta_v1 --consumer nightly --out new.parquet", "what is new, as a file"),
            ("fstore examples eta_v1 --consumer trainer --commit 4096", "all up to there has been made use of"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let service = arguments.positional[0]
        guard let consumer = arguments.value("consumer") else {
            throw UsageError(description: "--consumer NAME is missing")
        }
        let positions = "the number of an example, or 0"
        func number(_ text: String) -> Int64? { Int64(text).flatMap { $0 >= 0 ? $0 : nil } }
        if let position = try arguments.value("commit", positions, { number($0) }) {
            try store.commitExamples(of: service, for: consumer, position: position)
            terminal.say("\(service): '\(consumer)' is at example \(position)")
            return try terminal.printJSON(Position(service: service, consumer: consumer, position: position))
        }
        let stream = try store.examples(
            of: service, for: consumer, after: try arguments.value("after", positions, { number($0) }))
        let batch = try arguments.value("batch", "a number from 1 on") { Int($0).flatMap { $0 > 0 ? $0 : nil } } ?? 1024
        let limit = try arguments.value("limit", "a number from 1 on") { Int($0).flatMap { $0 > 0 ? $0 : nil } } ?? .max
        let commits = !arguments.flag("no-commit")
        if let path = arguments.value("out") {
            guard !arguments.flag("follow") else {
                throw UsageError(description: "--follow has no end, and a file needs one")
            }
            return try write(stream, to: path, limit: limit, commits: commits, terminal)
        }
        try print(stream, batch: batch, limit: limit, follows: arguments.flag("follow"), commits: commits, terminal)
    }

    private struct Position: Encodable {
        let service: String
        let consumer: String
        let position: Int64
    }

    private struct Written: Encodable {
        let path: String
        let examples: Int
        let bytes: Int
        let position: Int64
    }

    private static func print(
        _ stream: ExampleStream, batch: Int, limit: Int, follows: Bool, commits: Bool, _ terminal: Terminal
    ) throws {
        var left = limit
        while left > 0 {
            try Cancellation.check()
            guard let examples = try stream.next(atMost: min(batch, left)) else {
                if !follows { break }
                usleep(100_000)
                continue
            }
            for row in 0..<examples.table.rowCount {
                let text = try JSONLine.text(row, of: examples.table)
                terminal.print("{\"example\":\(examples.first + Int64(row)),\(text.dropFirst())")
            }
            terminal.flush()
            // What could not be written was not handed out.
            if let failure = terminal.outputFailure {
                throw StoreError.badRequest("cannot write to standard output: \(failure)")
            }
            if commits { try stream.commit(examples.position) }
            left -= examples.table.rowCount
        }
        tell(stream, terminal)
    }

    private static func write(
        _ stream: ExampleStream, to path: String, limit: Int, commits: Bool, _ terminal: Terminal
    ) throws {
        var output: TableOutput?
        var fields: [Field] = []
        var count = 0
        while count < limit, let examples = try stream.next(atMost: min(65_536, limit - count)) {
            try Cancellation.check()
            let table = examples.table
            let numbers = Column(.int64, (0..<Int64(table.rowCount)).map { .int(examples.first + $0) })
            if output == nil {
                fields = [Field("example", .int64)] + table.fields
                output = try TableOutput(path: path, fields: fields)
            }
            // Other definitions have other features; a file has one set of columns.
            guard [Field("example", .int64)] + table.fields == fields else {
                stream.back(to: examples.first - 1)
                break
            }
            try output?.write(Table(fields: fields, columns: [numbers] + table.columns, rowCount: table.rowCount))
            count += table.rowCount
        }
        let bytes = try output?.keep() ?? 0
        if commits, count > 0 { try stream.commit(stream.position) }
        terminal.say(
            count == 0
                ? "\(stream.service): no new examples for '\(stream.consumer)'"
                : "\(path): \(Quantities.count(count, "example")) up to \(stream.position), \(Quantities.bytes(bytes))")
        tell(stream, terminal)
        try terminal.printJSON(Written(path: path, examples: count, bytes: bytes, position: stream.position))
    }

    private static func tell(_ stream: ExampleStream, _ terminal: Terminal) {
        guard stream.forgotten > 0 else { return }
        terminal.printError(
            "fstore: \(Quantities.count(Int(stream.forgotten), "example")) had been forgotten before '\(stream.consumer)' came to "
                + "them; let it read more often, or keep more with 'retain'")
    }
}
