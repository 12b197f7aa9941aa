/// The values of some rows as a file holds them: those that are there, one behind the other, and which rows have one.
public struct DenseValues: Sendable {
    /// Of fixed width.
    public let type: DataType
    public let rowCount: Int
    /// Set for rows that have a value; nil if all have.
    public let validity: Bitmap?
    /// The number of values.
    public let count: Int
    /// The values, which need not be aligned.
    public let values: Buffer
}
