/// Data that cannot be read, converted or written: where, what, and what to do, in one sentence.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, as the user named it.
    public var file: String?
    /// The row, counted from 1; for CSV the line of the file where the record starts.
    public var row: Int?
    /// The column's name.
    public var column: String?
    /// What is wrong and what to do; no full stop.
    public var message: String
    /// Nothing is wrong: the work was told to stop (`Cancellation`).
    public let isCancellation: Bool

    public init(
        _ message: String, file: String? = nil, row: Int? = nil, column: String? = nil, isCancellation: Bool = false
    ) {
        self.message = message
        self.isCancellation = isCancellation
        self.file = file
        self.row = row
        self.column = column
    }

    /// The same error under the name by which the user knows the file.
    public func inFile(_ name: String) -> DataError {
        isCancellation ? self : DataError(message, file: name, row: row, column: column)
    }

    /// `file:row:column: message`, with the parts that are known.
    public var description: String {
        let place = [file, row.map(String.init), column].compactMap { $0 }.joined(separator: ":")
        return place.isEmpty ? message : "\(place): \(message)"
    }
}
