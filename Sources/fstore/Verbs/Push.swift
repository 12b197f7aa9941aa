import Columnar
import FeatureStore
import Foundation

extension Command {
    static let push = Command(
        name: "push", summary: "Pushes rows into a view: durable, online and in training sets at once.",
        discussion: """
            FILE is Parquet or CSV, pushed as one batch, or lines (.jsonl, or - for standard input) that are pushed as they come,
            for as long as they do: JSON objects, messages as 'kcat -J' prints them, or CSV with a header. A batch is what came
            within a tenth of a second, up to 10,000 rows. Where the source declares created, rows may lack it and became known
            by the push.

            With --stream the position of the last row is stored together with the rows, and what was taken is not taken again:
            a sender that was cut off, or whose answer was lost, sends again from its start, or from any earlier place, and each
            row is stored exactly once. Positions are the offsets of messages (kcat), of each topic and partition; else a member
            of each line that grows from line to line. 'fstore streams' shows them.

            With --batch-id a batch that was pushed before under its id changes nothing for seven days: a file's batch has the
            id itself; those of lines are ID/1, ID/2, … of 1,000 lines each, and none is pushed before it is full or the input
            ends.
            """,
        arguments: [
            Argument(name: "VIEW", help: "The feature view.", completion: .candidates("views")),
            Argument(
                name: "FILE", help: "The rows; - or nothing for lines from standard input.", count: .optional,
                completion: .file),
        ],
        options: [
            Option(name: "stream", kind: .value("NAME"), help: "Names the stream of which the rows are the next."),
            Option(
                name: "position-field", kind: .value("FIELD"),
                help: "The member or column with each row's position in the stream: whole numbers that grow."),
            Option(
                name: "partition-field", kind: .value("FIELD"),
                help: "The member or column with each row's partition; each has positions of its own."),
            Option(
                name: "count-lines",
                help: "Positions are the numbers of lines: the input is always sent from its first line."),
            Option(name: "batch-id", kind: .value("ID"), help: "Names the batch, so that it is taken once."),
            Option(
                name: "format", kind: .value("FORMAT"), help: "How lines hold rows; auto looks at the first.",
                completion: .choices(StreamFormat.names), defaultValue: "auto"),
            Option(
                name: "on-error", kind: .value("POLICY"),
                help: "What to do with a line that does not fit: stop, or set it aside in a file and go on.",
                completion: .choices(ErrorPolicy.allCases.map(\.rawValue)), defaultValue: ErrorPolicy.stop.rawValue),
            Option(name: "batch-rows", kind: .value("N"), help: "Rows of a batch at most.", defaultValue: "10000"),
            Option(
                name: "batch-time", kind: .value("MS"), help: "How many milliseconds a row waits for others at most.",
                defaultValue: "100"),
            Option(
                name: "report-every", kind: .value("SECONDS"),
                help: "Tell the counters so often. Default: with --json and standard input, 10."),
        ],
        examples: [
            ("fstore push driver_stats late.csv", "a file's rows"),
            ("kcat -C -J -t trips | fstore push trips - --stream kafka-trips", "a topic, each message exactly once"),
            ("fstore push trips - --stream app --position-field seq", "lines that number themselves"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let path = arguments.argument("FILE") ?? "-"
        if arguments.value("batch-id") != nil, arguments.value("stream") != nil {
            throw UsageError(description: "give --batch-id or --stream, not both: a stream's rows have their positions")
        }
        let total: StreamTotal
        if path == "-" || [".jsonl", ".ndjson"].contains(where: path.hasSuffix) {
            total = try pushLines(of: path, into: store, arguments, terminal)
        } else {
            total = try pushFile(path, into: store, arguments)
        }
        terminal.say(total.line)
        try terminal.printJSON(total)
        // A stream has no end but this one; a file has.
        if total.isStopped, path != "-" { throw DataError.stopped }
    }

    /// Pushes a file's rows as one batch.
    private static func pushFile(
        _ path: String, into store: FeatureStore, _ arguments: ParsedArguments
    ) throws -> StreamTotal {
        let view = arguments.positional[0]
        let start = ContinuousClock.now
        for option in ["format", "on-error", "batch-rows", "batch-time"] where arguments.isGiven(option) {
            throw UsageError(description: "--\(option) is for lines; \(path) is pushed as one batch")
        }
        let declared = try store.pushColumns(of: view).map { ($0.name, $0.type.dataType) }
        let table = try TableFile.read(path, declared: Dictionary(declared, uniquingKeysWith: { first, _ in first }))
        var total = StreamTotal(view: view, stream: arguments.value("stream"))
        switch try positions(arguments) {
        case .members(let position, let partition):
            guard let stream = arguments.value("stream") else { break }
            let columns = StreamColumns(stream, position: position, partition: partition)
            total.add(try store.push(view, table: table, origin: path, stream: columns))
            for place in try store.streams(of: view, named: stream) {
                total.positions?[place.partition] = place.position
            }
        case .lineNumbers:
            throw UsageError(description: "--count-lines is for lines; name the column: --position-field")
        case nil:
            if arguments.value("stream") != nil {
                throw UsageError(description: "--stream needs --position-field, the column with each row's position")
            }
            total.add(try store.push(view, table: table, origin: path, batchID: arguments.value("batch-id")))
        }
        total.measure(Quantities.seconds(ContinuousClock.now - start))
        return total
    }

    private static func pushLines(
        of path: String, into store: FeatureStore, _ arguments: ParsedArguments, _ terminal: Terminal
    ) throws -> StreamTotal {
        let isPipe = path == "-"
        var options = StreamPush.Options(
            view: arguments.positional[0], origin: isPipe ? "standard input" : path,
            format: arguments.value("format").flatMap(StreamFormat.init(rawValue:)), stream: arguments.value("stream"),
            positions: try positions(arguments), batchID: arguments.value("batch-id"),
            setsAside: arguments.value("on-error") == ErrorPolicy.quarantine.rawValue)
        let positive = { (text: String) in Int(text).flatMap { $0 > 0 ? $0 : nil } }
        options.batchRows = try arguments.value("batch-rows", "a number of rows", positive) ?? options.batchRows
        if let time = try arguments.value("batch-time", "a number of milliseconds", positive) {
            options.batchTime = .milliseconds(time)
        }
        if let seconds = try arguments.value("report-every", "a number of seconds", positive) {
            options.reportEvery = .seconds(seconds)
        } else if isPipe, terminal.printsJSON {
            options.reportEvery = .seconds(10)
        }
        var descriptor = STDIN_FILENO
        if !isPipe {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw DataError("cannot be opened (\(String(cString: strerror(errno))))", file: path)
            }
        }
        defer { if !isPipe { close(descriptor) } }
        return try StreamPush(options, of: store, terminal).run(descriptor: descriptor)
    }

    private static func positions(_ arguments: ParsedArguments) throws -> StreamRows.Positions? {
        let (position, partition) = (arguments.value("position-field"), arguments.value("partition-field"))
        let countsLines = arguments.flag("count-lines")
        guard position != nil || partition != nil || countsLines else { return nil }
        guard arguments.value("stream") != nil else {
            throw UsageError(description: "positions belong to a stream; name it with --stream")
        }
        if countsLines {
            if position != nil || partition != nil {
                throw UsageError(description: "give --count-lines or --position-field, not both")
            }
            return .lineNumbers
        }
        guard let position else { throw UsageError(description: "--partition-field needs --position-field") }
        return .members(position: position, partition: partition)
    }
}
