import Columnar
import FeatureStore

/// Rows from JSON lines, an object a line, collected into the columns that a view takes pushes in.
///
/// A member that is missing is null; members of other names are passed over.
package struct JSONLines {
    private let columns: [PushColumn]
    private var builders: [ColumnBuilder]
    /// Rows collected since the last table.
    package private(set) var count = 0
    /// Lines read, blank ones too; errors name them.
    private var lines = 0

    package init(for columns: [PushColumn]) {
        self.columns = columns
        builders = columns.map { ColumnBuilder($0.type.dataType) }
    }

    /// Takes one line.
    ///
    /// - Throws: `DataError` naming the line; the rows that were collected before stay.
    package mutating func append(_ line: UnsafeRawBufferPointer, origin: String) throws(DataError) {
        lines += 1
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { return }
        var row = [ColumnBuilder?](repeating: nil, count: columns.count)
        do throws(JSONError) {
            var cursor = JSONCursor(line)
            try cursor.object { (key, cursor) throws(JSONError) in
                let name = key.string
                guard let place = columns.firstIndex(where: { $0.name == name }) else {
                    try cursor.skipValue()
                    return
                }
                var cell = ColumnBuilder(columns[place].type.dataType)
                do throws(JSONError) {
                    try cursor.append(to: &cell, as: columns[place].type)
                } catch {
                    throw JSONError(message: "\(name) (\(columns[place].type)): \(error.message)", offset: error.offset)
                }
                row[place] = cell
            }
            try cursor.expectEnd()
        } catch {
            throw DataError("\(error.message) at byte \(error.offset + 1) of the line", file: origin, row: lines)
        }
        for place in columns.indices {
            let value = row[place]?.finish().value(at: 0) ?? .null
            // A cell was made in its column's type, so it fits.
            _ = builders[place].append(value)
        }
        count += 1
    }

    /// The rows collected since the last call, under the names of the view's source.
    package mutating func table() -> Table {
        defer { count = 0 }
        return Table(
            fields: columns.map { Field($0.name, $0.type.dataType) },
            columns: builders.indices.map { builders[$0].finish() }, rowCount: count)
    }
}
