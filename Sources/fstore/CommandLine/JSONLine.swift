import Columnar
import FeatureStore
import Foundation

/// A row as a line of JSON, its columns in order; nulls are kept, and what JSON has no numbers for are texts.
enum JSONLine {
    static func text(_ row: Int, of table: Table) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        var cells: [String] = []
        for (field, column) in zip(table.fields, table.columns) {
            let name = String(decoding: try encoder.encode(field.name), as: UTF8.self)
            let value = String(decoding: try encoder.encode(JSONValue(column.value(at: row))), as: UTF8.self)
            cells.append("\(name):\(value)")
        }
        return "{" + cells.joined(separator: ",") + "}"
    }
}
