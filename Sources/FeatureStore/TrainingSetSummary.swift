/// What writing a training set did.
public struct TrainingSetSummary: Hashable, Sendable, Codable {
    /// The id under which `--again` writes it once more; nil where there is no record of it, since this user may not write
    /// to the store.
    public var id: Int64?
    public var rows: Int
    /// Columns that are features.
    public var features: Int
    /// Size of the files.
    public var bytes: Int
    public var seconds: Double
    public var snapshot: Int64
    /// The files that were written.
    public var outputs: [FileRecord]
    public var coverage: [Coverage]
    /// How the rows are parted over the files, if they are.
    public var split: TrainingSetSplit?
    /// Whether a set that was made again has the bytes that were recorded; nil where that cannot be said.
    public var isIdentical: Bool?
    /// Whether a set that was first made in memory has the values that were recorded; nil where that cannot be said.
    public var hasSameValues: Bool?
}
