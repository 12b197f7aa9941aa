import Columnar
import FeatureStore
import Foundation

extension Command {
    static let skew = Command(
        name: "skew", summary: "Compares what a service has served with what its history says of the same times.",
        discussion: """
            Each read that the service remembers ('log:') is looked up once more, as a row of a training set at the time of the
            read, by the definitions of then, and compared bit by bit. A mismatch is another value, missing one that was not
            served, extra one that the history does not have. Stale are those of them for which an older row was served: it had
            not been materialized or pushed in time. Other differences come of a history that was changed after the read, by a
            backfill of a source without 'created' for example.

            The exit status is 3 if more than the tolerated share of a feature's values differ.
            """,
        arguments: [Argument(name: "SERVICE", help: "The feature service.", completion: .candidates("services"))],
        options: [
            Option(name: "from", kind: .value("TIME"), help: "Only reads as of this time or later."),
            Option(name: "to", kind: .value("TIME"), help: "Only reads as of an earlier time."),
            Option(
                name: "tolerance", kind: .value("SHARE"),
                help: "The share of a feature's values that may differ. Default: 0."),
        ],
        examples: [
            ("fstore skew eta_v1 --from 2024-03-01", "was what has been served since March right?"),
            ("fstore skew eta_v1 --tolerance 0.01", "let one of a hundred be late"),
        ]
    ) { arguments, terminal in
        let time = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let tolerance =
            try arguments.value("tolerance", "a share from 0 to 1") {
                Double($0).flatMap { (0...1).contains($0) ? $0 : nil }
            } ?? 0
        let report = try arguments.openStore().skew(
            of: arguments.positional[0], from: try arguments.value("from", time) { Timestamp(parsing: $0) },
            to: try arguments.value("to", time) { Timestamp(parsing: $0) })
        tell(report, on: terminal)
        try terminal.printJSON(report)
        let wrong = report.features.filter { $0.share > tolerance }
        if !wrong.isEmpty {
            throw Finding(
                "\(wrong.count) of \(Quantities.count(report.features.count, "feature")) served other values than the history "
                    + "has: " + wrong.prefix(5).map(\.feature).joined(separator: ", ") + (wrong.count > 5 ? ", …" : ""))
        }
    }

    private static func tell(_ report: SkewReport, on terminal: Terminal) {
        let period = [report.from, report.to].compactMap(\.self).joined(separator: " to ")
        terminal.say(
            "\(report.service): \(Quantities.count(report.rows, "read"))" + (period.isEmpty ? "" : ", \(period)"))
        if report.rowsLeftOut > 0 {
            terminal.say("\(Quantities.count(report.rowsLeftOut, "read")) left out: \(report.obstacle ?? "")")
        }
        var table = TextTable(
            ["feature", "same", "mismatches", "missing", "extra", "stale", "for example"], numbers: [1, 2, 3, 4, 5])
        for feature in report.features {
            func count(_ number: Int) -> String { number == 0 ? "–" : Quantities.count(number) }
            let share = feature.rows == 0 ? 0 : (1 - feature.share) * 100
            table.add([
                feature.feature, String(format: share == 100 ? "%.0f %%" : "%.2f %%", share), count(feature.mismatches),
                count(feature.missing), count(feature.extra), count(feature.stale),
                feature.examples.first.map {
                    "\($0.requestID) at \($0.time): served \($0.served.value), history \($0.history.value)"
                } ?? "",
            ])
        }
        terminal.say(table)
    }
}
