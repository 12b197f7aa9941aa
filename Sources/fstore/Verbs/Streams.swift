import Columnar
import FeatureStore

extension Command {
    static let streams = Command(
        name: "streams", summary: "Shows how far streams of pushes have come, and resets them.",
        discussion: """
            'fstore push VIEW - --stream NAME' stores the position of the last row together with the rows, for each partition
            of the stream. A sender reads here where to go on; or it sends what it likes, and what was taken is left out.

            'fstore streams reset VIEW NAME' forgets the positions, so that the stream is taken anew from wherever it is sent:
            rows that are stored already would be stored twice. With --position, what lies beyond it is taken.
            """,
        arguments: [
            Argument(
                name: "VIEW", help: "Show this view's streams only; or the word reset.", count: .optional,
                completion: .candidates("views")),
            Argument(name: "NAME", help: "Show this stream only; after reset, the view and the stream.", count: .any),
        ],
        options: [
            Option(name: "partition", kind: .value("PARTITION"), help: "Reset this partition only."),
            Option(
                name: "position", kind: .value("N"),
                help: "Put the position there, so that rows beyond it are taken. Default: forget it."),
        ],
        examples: [
            ("fstore streams trips", "where to go on"),
            ("fstore streams reset trips kafka-trips --partition trips/0 --position 4711", "takes messages again"),
        ]
    ) { arguments, terminal in
        if arguments.argument("VIEW") == "reset" {
            try reset(arguments, terminal)
        } else {
            try list(arguments, terminal)
        }
    }

    private static func reset(_ arguments: ParsedArguments, _ terminal: Terminal) throws {
        let names = arguments.arguments("NAME")
        guard names.count == 2 else { throw UsageError(description: "reset takes a view and the name of a stream") }
        let position = try arguments.value("position", "a whole number") { Int64($0) }
        let count = try arguments.openStore().resetStream(
            names[1], of: names[0], partition: arguments.value("partition"), to: position)
        let place = position.map { "was put to \($0)" } ?? "was forgotten"
        terminal.say("\(names[0]): \(names[1]) \(place) in \(Quantities.count(count, "partition")).")
        try terminal.printJSON(Reset(view: names[0], stream: names[1], partitions: count, position: position))
    }

    private struct Reset: Encodable {
        let view: String
        let stream: String
        let partitions: Int
        let position: Int64?
    }

    private static func list(_ arguments: ParsedArguments, _ terminal: Terminal) throws {
        let names = arguments.arguments("NAME")
        if names.count > 1 { throw UsageError(description: "\(names[1].quoted) is one word too many") }
        for option in ["partition", "position"] where arguments.isGiven(option) {
            throw UsageError(description: "--\(option) is for reset")
        }
        let streams = try arguments.openStore().streams(of: arguments.argument("VIEW"), named: names.first)
        if streams.isEmpty {
            terminal.say("No stream was pushed yet; 'fstore push VIEW - --stream NAME' begins one.")
        } else {
            var table = TextTable(["view", "stream", "partition", "position", "rows", "moved"])
            for place in streams {
                table.add([
                    place.view, place.stream, place.partition.isEmpty ? "–" : place.partition, String(place.position),
                    Quantities.count(place.rows), place.moved.description,
                ])
            }
            terminal.say(table)
        }
        try terminal.printJSON(["streams": streams.map(Listed.init)])
    }

    private struct Listed: Encodable {
        let view: String
        let stream: String
        let partition: String
        let position: Int64
        let rows: Int
        let moved: String

        init(_ place: StreamPosition) {
            (view, stream, partition) = (place.view, place.stream, place.partition)
            (position, rows, moved) = (place.position, place.rows, place.moved.description)
        }
    }
}
