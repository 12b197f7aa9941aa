import Columnar
import FeatureServer
import FeatureStore

/// How the lines of a stream hold its rows.
enum StreamFormat: String, CaseIterable {
    /// A row an object, by the names of the source's columns.
    case jsonLines = "jsonl"
    /// Messages as `kcat -J` prints them; each one's payload is a row, as a JSON object.
    case kafka = "kcat"
    /// A header, and a row a record; with commas or tabs.
    case csv

    static var names: [String] { ["auto"] + allCases.map(\.rawValue) }

    /// The format that a stream's first line looks like.
    init(of line: UnsafeRawBufferPointer, columns: [PushColumn]) {
        if line.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            let hasPayload = columns.contains { $0.name == "payload" }
            self = !hasPayload && KafkaMessage.isLikely(line) ? .kafka : .jsonLines
        } else {
            self = CSVLines.isLikelyHeader(line, of: columns) ? .csv : .jsonLines
        }
    }
}
