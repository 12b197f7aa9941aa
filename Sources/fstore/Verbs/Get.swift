import Columnar
import FeatureStore

extension Command {
    static let get = Command(
        name: "get", summary: "Reads the online features of a service by key.",
        discussion: """
            Each value has a status: PRESENT; NULL_VALUE: the newest row has none; NOT_FOUND: no row of the key;
            OUTSIDE_MAX_AGE: the newest row is older than the view's ttl, or has ended. A feature that is computed on demand
            is PRESENT, or NULL_VALUE where it comes out as null.

            With --request-id the row is remembered in the service's log, which its definition declares ('log:'), so that a
            label can be given to it later.
            """,
        arguments: [
            Argument(
                name: "SERVICE", help: "The feature service; left out with --features.", count: .optional,
                completion: .candidates("services")),
            Argument(
                name: "KEY=VALUE", help: "The join keys, and the request fields of on-demand features.", count: .any),
        ],
        options: [
            Option(
                name: "features", kind: .value("V:F,…"), help: "Single features: view:feature or view:*, with commas."),
            Option(name: "full-names", help: "Name features view__feature in JSON."),
            Option(
                name: "at", kind: .value("TIME"), help: "Judge ages, and tell windows, as of this time. Default: now."),
            Option(name: "encoded", help: "The vector that a model takes, by the service's fitted encoders."),
            Option(
                name: "state", kind: .value("N"), help: "With --encoded: the encoders' version. Default: the newest."),
            Option(name: "request-id", kind: .value("ID"), help: "Remember the row under this name."),
        ],
        examples: [
            ("fstore get eta_v1 driver_id=1001", "one driver"),
            ("fstore get eta_v1 driver_id=1001 distance_km=12.5", "with a request field"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let names = arguments.positional.filter { !$0.contains("=") }
        if names.count > 1 { throw UsageError(description: "'\(names[1])' is no key=value") }
        let selection: FeatureSelection
        if let features = arguments.value("features") {
            if let name = names.first { throw UsageError(description: "give \(name) or --features, not both") }
            selection = .features(try Self.references(features))
        } else {
            guard let name = names.first else { throw UsageError(description: "SERVICE or --features is missing") }
            selection = .service(name)
        }
        let now =
            try arguments.value("at", "a time such as 2024-01-31T10:00:00Z", { Timestamp(parsing: $0) }) ?? .now
        let given = try KeyValues(arguments.positional.filter { $0.contains("=") })
        if arguments.flag("encoded") {
            guard case .service(let service) = selection, arguments.value("request-id") == nil else {
                throw UsageError(description: "--encoded needs a SERVICE, and no --request-id")
            }
            return try vector(of: service, given, at: now, arguments, in: store, on: terminal)
        }
        if arguments.flag("state") { throw UsageError(description: "--state belongs to --encoded") }
        let reader: ServiceReader
        let values: [OnlineValue]
        if let id = arguments.value("request-id") {
            guard case .service(let name) = selection else { throw LogError.needsService }
            let recording = try store.recordingReader(for: name, fullNames: arguments.flag("full-names"))
            reader = recording.reader
            values = try recording.read(try given.typed(for: reader), at: now, requestID: id) ?? []
            try recording.flush()
        } else {
            reader = try store.onlineReader(
                for: selection, fullNames: arguments.flag("full-names"), isStrict: arguments.value("at") != nil)
            values = try reader.read(try given.typed(for: reader), at: now) ?? []
        }
        var table = TextTable(["feature", "value", "status", "event time"])
        for (feature, value) in zip(reader.service.features, values) {
            table.add([
                "\(feature.view.name):\(feature.feature.name)", value.value == .null ? "–" : value.value.description,
                value.status.rawValue, value.eventTime?.description ?? "–",
            ])
        }
        for line in table.lines() { terminal.say(line) }
        try terminal.printJSON(Answer(given.texts, reader.service, values))
    }

    private static func vector(
        of service: String, _ given: KeyValues, at now: Timestamp, _ arguments: ParsedArguments, in store: FeatureStore,
        on terminal: Terminal
    ) throws {
        let state = try store.encoderState(of: service, version: try version(arguments))
        let encoder = try store.encodedReader(for: state)
        let values = try given.typed(for: encoder.reader)
        let columns = zip(encoder.reader.inputs, values).map { Column($0.type.dataType, [$1]) }
        var vector = [Float](repeating: 0, count: encoder.width)
        try vector.withUnsafeMutableBufferPointer { try encoder.readVectors(columns, at: now, into: $0) }
        var table = TextTable(["slot", "value"], numbers: [1])
        for (slot, number) in zip(state.slots, vector) { table.add([slot, number.isNaN ? "–" : "\(number)"]) }
        for line in table.lines() { terminal.say(line) }
        terminal.say("by \(state.name)")
        try terminal.printJSON(
            EncodedAnswer(keys: given.texts, encoders: state.name, vector: vector.map { JSONValue(.float32($0)) }))
    }

    private struct EncodedAnswer: Encodable {
        let keys: [String: String]
        let encoders: String
        let vector: [JSONValue]
    }

    /// `v:f,w:*` as references.
    static func references(_ text: String) throws -> [FeatureReference] {
        try text.split(separator: ",").map { word in
            guard let reference = FeatureReference(String(word)) else {
                throw UsageError(description: "'\(word)' is no feature; write view:feature or view:*")
            }
            return reference
        }
    }

    private struct Answer: Encodable {
        struct Feature: Encodable {
            let value: JSONValue
            let status: FeatureStatus
            let eventTimestamp: String?
        }

        let keys: [String: String]
        let features: [String: Feature]

        init(_ keys: [String: String], _ service: ResolvedService, _ values: [OnlineValue]) {
            self.keys = keys
            features = Dictionary(
                zip(service.features, values).map { feature, value in
                    (
                        feature.outputName,
                        Feature(
                            value: JSONValue(value.value), status: value.status,
                            eventTimestamp: value.eventTime?.description)
                    )
                }, uniquingKeysWith: { first, _ in first })
        }
    }
}
