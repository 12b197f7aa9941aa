import Columnar
import FeatureStore
import Foundation

extension Command {
    static let initialize = Command(
        name: "init", summary: "Makes a new project with a small, runnable example.",
        arguments: [Argument(name: "DIR", help: "The project's folder; made if need be.", completion: .folder)],
        examples: [("fstore init fleet", "then: cd fleet && fstore apply && fstore ingest --all")]
    ) { arguments, terminal in
        let folder = arguments.positional[0]
        let files = FileManager.default
        if files.fileExists(atPath: folder + "/fstore.yaml") {
            throw StoreError.badRequest("\(folder): there is a project already (fstore.yaml)")
        }
        do {
            for (path, content) in starterFiles(project: URL(fileURLWithPath: folder).lastPathComponent) {
                let target = folder + "/" + path
                try files.createDirectory(
                    atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                guard !files.fileExists(atPath: target) else { continue }
                try Data(content.utf8).write(to: URL(fileURLWithPath: target))
            }
        } catch {
            throw StoreError.badRequest("\(folder): the project cannot be written (\(error.localizedDescription))")
        }
        terminal.say("\(folder): a project with an example in features/ and data/. Next:")
        terminal.say("  cd \(folder)")
        terminal.say("  fstore apply && fstore ingest --all && fstore materialize")
        terminal.say("  fstore training-set eta_v1 --entities data/trips.csv --out training.parquet")
        terminal.say("  fstore get eta_v1 driver_id=1001")
        try terminal.printJSON(["project": folder])
    }

    private static func starterFiles(project: String) -> [(String, String)] {
        // Whole hours up to now, so that the values are still within the ttl when they are read back.
        func hour(_ back: Int64, plusMinutes minutes: Int64 = 0) -> String {
            let hour: Int64 = 3_600_000_000
            return Timestamp(microseconds: (Timestamp.now.microseconds / hour - back) * hour + minutes * 60_000_000)
                .description
        }
        let name = String(project.prefix(50).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
        return [
            ("fstore.yaml", "project: \(name.first?.isLetter ?? false ? name : "project_" + name)\n"),
            (".gitignore", ".fstore/\n"),
            (
                "features/drivers.yaml",
                """
                # What the project knows of drivers. The whole grammar: docs/reference/definitions.md in fstore's repository.
                entities:
                  driver:
                    description: A driver of the fleet.
                    join_keys: {driver_id: int64}

                sources:
                  driver_hourly:
                    path: data/driver_hourly/*.csv
                    timestamp: event_timestamp
                    created: created            # when a row became known: training rows before it do not see it

                feature_views:
                  driver_stats:
                    description: How a driver did in the last hour.
                    entities: [driver]
                    source: driver_hourly
                    ttl: 7d
                    owner: fleet-ml
                    features:
                      conv_rate: {type: float32, description: Share of requests accepted.}
                      trips: int64
                      city: string

                feature_services:
                  eta_v1:
                    description: What the model of arrival times reads.
                    owner: fleet-ml
                    features: ["driver_stats:*"]

                """
            ),
            (
                "data/driver_hourly/first.csv",
                """
                driver_id,event_timestamp,created,conv_rate,trips,city
                1001,\(hour(6)),\(hour(6, plusMinutes: 5)),0.81,4,Berlin
                1001,\(hour(5)),\(hour(5, plusMinutes: 5)),0.79,3,Berlin
                1002,\(hour(6)),\(hour(6, plusMinutes: 5)),0.55,6,Hamburg
                1002,\(hour(5)),\(hour(3, plusMinutes: 30)),,5,Hamburg

                """
            ),
            (
                "data/trips.csv",
                """
                driver_id,event_timestamp,label_minutes
                1001,\(hour(6, plusMinutes: 30)),14.5
                1001,\(hour(5, plusMinutes: 2)),21.0
                1002,\(hour(4)),9.5
                1003,\(hour(4)),30.0

                """
            ),
        ]
    }
}
