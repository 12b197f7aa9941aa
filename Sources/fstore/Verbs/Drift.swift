import Columnar
import FeatureStore
import Foundation

extension Command {
    static let drift = Command(
        name: "drift", summary: "Compares the values of a service's features with those of a baseline.",
        discussion: """
            The baseline is what a model was trained on: a training set by its id, or a file. It is compared, feature by feature,
            with what the service has served lately (its log), what is online, the views' histories, or another training set or
            file: by the population stability index (PSI), the Kolmogorov-Smirnov statistic (KS), the Jensen-Shannon distance
            (JS), the share of rows without a value, and values that the baseline does not have.

            A feature has drifted if something lies beyond a threshold; what so few values have by chance in one comparison of
            a hundred does not count. The exit status is 3 then, 0 if none has drifted, and 1 if the comparison failed.
            """,
        arguments: [Argument(name: "SERVICE", help: "The feature service.", completion: .candidates("services"))],
        options: [
            Option(
                name: "baseline", kind: .value("ID|FILE"), help: "A training set, or a Parquet or CSV file.",
                completion: .file),
            Option(
                name: "current", kind: .value("SOURCE"),
                help:
                    "What to compare: log, online, history, a training set's id or a file. Default: log, else online.",
                completion: .file),
            Option(name: "from", kind: .value("TIME"), help: "Of a log or history, only rows of this time or later."),
            Option(name: "to", kind: .value("TIME"), help: "Of a log or history, only rows of an earlier time."),
            Option(name: "psi", kind: .value("X"), help: "Drifted from this PSI on. Default: 0.2."),
            Option(name: "ks", kind: .value("X"), help: "Drifted from this KS on. Default: not judged."),
            Option(name: "js", kind: .value("X"), help: "Drifted from this JS on. Default: not judged."),
            Option(
                name: "missing", kind: .value("X"),
                help: "Drifted if the share without a value changes by so much. Default: 0.1."),
            Option(
                name: "new", kind: .value("X"), help: "Drifted if this share of the values is new. Default: 0.05."),
            Option(
                name: "report", kind: .value("FILE.html"), help: "Write a page with drawings, for people.",
                completion: .file),
        ],
        examples: [
            ("fstore drift eta_v1 --baseline 7", "is what is served still like training set 7?"),
            (
                "fstore drift eta_v1 --baseline train.parquet --current history --from 2024-03-01 --report drift.html",
                "a page on what has arrived since March"
            ),
        ]
    ) { arguments, terminal in
        guard let baseline = arguments.value("baseline") else {
            throw UsageError(description: "--baseline ID or FILE is missing: what the model was trained on")
        }
        if ["online", "log"].contains(baseline) {
            throw UsageError(description: "--baseline takes a training set's id, a file, or history, not \(baseline)")
        }
        let page = arguments.value("report")
        if let page, !page.hasSuffix(".html"), !page.hasSuffix(".htm") {
            throw UsageError(description: "--report writes a page; name it FILE.html, not \(page)")
        }
        func share(_ name: String, _ usual: Double?) throws -> Double? {
            try arguments.value(name, "a number from 0 on", { Double($0).flatMap { $0 >= 0 ? $0 : nil } }) ?? usual
        }
        let usual = DriftThresholds()
        let thresholds = DriftThresholds(
            populationStability: try share("psi", usual.populationStability),
            kolmogorovSmirnov: try share("ks", nil), jensenShannon: try share("js", nil),
            missing: try share("missing", usual.missing), newCategories: try share("new", usual.newCategories))
        let time = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let report = try arguments.openStore().drift(
            of: arguments.positional[0], from: DriftSource(baseline),
            to: arguments.value("current").map { DriftSource($0) },
            from: try arguments.value("from", time) { Timestamp(parsing: $0) },
            to: try arguments.value("to", time) { Timestamp(parsing: $0) }, thresholds: thresholds)
        if let page { try write(DriftPage(report).html, to: page) }
        tell(report, page, on: terminal)
        try terminal.printJSON(report)
        let drifted = report.drifted.map(\.feature)
        if !drifted.isEmpty {
            throw Finding(
                "\(drifted.count) of \(Quantities.count(report.features.count, "feature")) drifted: "
                    + drifted.prefix(5).joined(separator: ", ") + (drifted.count > 5 ? ", …" : ""))
        }
    }

    private static func tell(_ report: DriftReport, _ page: String?, on terminal: Terminal) {
        terminal.say("\(report.service): \(report.current), compared with \(report.baseline)")
        var table = TextTable(
            ["feature", "rows", "PSI", "KS", "JS", "missing", "new values", "drifted by"], numbers: [1, 2, 3, 4, 5, 6])
        func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
        func percent(_ share: Double) -> String { String(format: share == 0 ? "%.0f %%" : "%.1f %%", share * 100) }
        for drift in report.features {
            guard drift.obstacle == nil else {
                table.add([drift.feature, "–", "–", "–", "–", "–", "–", "not compared: \(drift.obstacle ?? "")"])
                continue
            }
            table.add([
                drift.feature, Quantities.count(drift.current.rows), number(drift.populationStability),
                number(drift.kolmogorovSmirnov), number(drift.jensenShannon),
                "\(percent(drift.baseline.missingShare)) → \(percent(drift.current.missingShare))",
                drift.newCategories.map { $0.count == 0 ? "0" : "\($0.count) (\(percent($0.share)))" } ?? "–",
                drift.findings.joined(separator: ", "),
            ])
        }
        terminal.say(table)
        if let page { terminal.say("\(page) shows it.") }
    }

    /// Writes a text file, which stands under its name when it is whole.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DataError("cannot be written (\(error.localizedDescription))", file: path)
        }
    }
}
