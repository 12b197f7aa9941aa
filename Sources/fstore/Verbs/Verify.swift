import Columnar
import FeatureStore
import Foundation

extension Command {
    static let verify = Command(
        name: "verify", summary: "Compares what is served online with what a training set has, bit for bit.",
        discussion: """
            Keys are drawn from the history and the online store, by a stable hash; both sides are asked for all features of a
            service as of one time, and each value is compared. Rows that come meanwhile are no differences: what differs is
            asked for again. With --at, what is online and was not known by then cannot be judged, and is counted as later.

            Exit status 1 tells of a difference; each is told with its key, both values, and what probably lies behind it.
            """,
        arguments: [
            Argument(
                name: "SERVICE", help: "The feature service; left out with --features.", count: .optional,
                completion: .candidates("services"))
        ],
        options: [
            Option(
                name: "features", kind: .value("V:F,…"), help: "Single features: view:feature or view:*, with commas."),
            Option(
                name: "at", kind: .value("TIME"),
                help: "Ask both sides as of this time, such as that of the last materialization. Default: now."),
            Option(
                name: "sample", kind: .value("N"), help: "Keys to draw of each set of join keys.", defaultValue: "10000"
            ),
            Option(
                name: "keys", kind: .value("FILE"),
                help: "Compare the rows of this Parquet or CSV file: join keys, and what requests bring.",
                completion: .file),
            Option(name: "seed", kind: .value("N"), help: "Another one draws other keys.", defaultValue: "0"),
            Option(name: "examples", kind: .value("N"), help: "Differences to tell one by one.", defaultValue: "10"),
        ],
        examples: [
            ("fstore verify eta_v1", "10,000 keys of each kind, as of now"),
            ("fstore verify eta_v1 --at 2024-01-31T00:00:00Z --sample 500", "as of a materialization --to that time"),
        ]
    ) { arguments, terminal in
        let store = try arguments.openStore()
        let selection: FeatureSelection
        switch (arguments.argument("SERVICE"), arguments.value("features")) {
        case (let name?, nil): selection = .service(name)
        case (nil, let features?): selection = .features(try references(features))
        case (nil, nil): throw UsageError(description: "SERVICE or --features is missing")
        case (let name?, _): throw UsageError(description: "give \(name) or --features, not both")
        }
        var options = FeatureStore.VerifyOptions()
        options.time = try arguments.value("at", "a time such as 2024-01-31T10:00:00Z") { Timestamp(parsing: $0) }
        let count = { (text: String) in Int(text).flatMap { $0 > 0 ? $0 : nil } }
        options.sample = try arguments.value("sample", "a number of keys", count) ?? options.sample
        options.seed = try arguments.value("seed", "a whole number") { UInt64($0) } ?? 0
        options.examples = try arguments.value("examples", "a number") { Int($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 10
        let path = arguments.value("keys")
        let keys = try path.map { try store.verifiedKeys(in: $0, for: selection) }
        let bar = ProgressBar("verify", on: terminal)
        defer { bar.finish() }
        let report = try store.verify(selection, keys: keys, origin: path ?? "keys", options: options) {
            bar.update(rows: $0, of: $1)
        }
        bar.finish()
        tell(report, on: terminal)
        try terminal.printJSON(Answer(report))
        if !report.isSound { throw DifferencesFound(count: report.different) }
    }

    private static func tell(_ report: VerifyReport, on terminal: Terminal) {
        var line =
            "\(report.service) at \(report.at): \(Quantities.count(report.compared, "value")) of "
            + "\(Quantities.count(report.rows, "row")) compared, "
        line +=
            report.isSound
            ? "all that can be judged are the same" : "\(Quantities.count(report.different)) are not the same"
        if report.later > 0 { line += "; \(Quantities.count(report.later)) are later than that time online" }
        if report.unsettled > 0 {
            line += "; \(Quantities.count(report.unsettled)) changed whenever they were looked at"
        }
        if report.repetitions > 0 { line += "; asked again \(Quantities.count(report.repetitions, "time"))" }
        terminal.say(line + ", \(Quantities.seconds(report.seconds))")
        let odd = report.features.filter { $0.equal < $0.compared }
        guard !odd.isEmpty else { return }
        var table = TextTable([
            "feature", "compared", "equal", "different", "missing online", "missing offline", "later", "unsettled",
        ])
        for feature in odd {
            let counts = [
                feature.compared, feature.equal, feature.different, feature.missingOnline, feature.missingOffline,
                feature.later, feature.unsettled,
            ]
            table.add([feature.feature] + counts.map { $0 == 0 ? "–" : Quantities.count($0) })
        }
        terminal.say(table)
        for difference in report.differences {
            let key = difference.key.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            terminal.say(
                "\(difference.feature) of \(key): online \(text(difference.online, difference.onlineTime)), training set "
                    + "\(text(difference.offline, difference.offlineTime)): \(difference.cause.rawValue)")
        }
    }

    private static func text(_ value: String?, _ time: Timestamp?) -> String {
        (value ?? "null") + (time.map { " (of \($0))" } ?? "")
    }

    private struct Answer: Encodable {
        struct Difference: Encodable {
            let feature: String
            let key: [String: String]
            let online: String?
            let offline: String?
            let status: FeatureStatus
            let onlineTimestamp: String?
            let offlineTimestamp: String?
            let cause: String
        }

        let service: String
        let at: String
        let seed: UInt64
        let rows: Int
        let compared: Int
        let different: Int
        let later: Int
        let unsettled: Int
        let repetitions: Int
        let isSound: Bool
        let seconds: Double
        let features: [VerifyReport.FeatureCounts]
        let differences: [Difference]

        init(_ report: VerifyReport) {
            (service, at, seed, rows) = (report.service, report.at.description, report.seed, report.rows)
            (compared, different, later) = (report.compared, report.different, report.later)
            (unsettled, repetitions, isSound) = (report.unsettled, report.repetitions, report.isSound)
            (seconds, features) = (report.seconds, report.features)
            differences = report.differences.map {
                Difference(
                    feature: $0.feature, key: $0.key, online: $0.online, offline: $0.offline, status: $0.status,
                    onlineTimestamp: $0.onlineTime?.description, offlineTimestamp: $0.offlineTime?.description,
                    cause: $0.cause.rawValue)
            }
        }
    }
}

/// Tells by the exit status that values differ.
private struct DifferencesFound: Error, CustomStringConvertible {
    let count: Int

    var description: String {
        "\(Quantities.count(count, "value")) online \(count == 1 ? "is" : "are") not what a training set has"
    }
}
