import Columnar

/// What came of a read.
public struct Label: Hashable, Sendable {
    /// Of the read, as the log has it.
    public var requestID: String
    /// Of the type that the service declares.
    public var value: Value
    /// How much an example of it counts in learning.
    public var weight: Double

    public init(requestID: String, value: Value, weight: Double = 1) {
        self.requestID = requestID
        self.value = value
        self.weight = weight
    }
}

/// What became of labels.
public struct LabelSummary: Hashable, Sendable, Codable {
    public var service: String
    /// Labels that were taken in.
    public var labels = 0
    /// Labels that met their read and made an example.
    public var joined = 0
    /// Examples of them that correct an earlier label of the same read.
    public var corrections = 0
    /// Labels that said once more what was known.
    public var repeated = 0
    /// Labels that came after the window.
    public var late = 0
    /// Labels whose read is not in the log: it has no such request id, or the key is not in its sample.
    public var unknown = 0
    /// Labels whose read may still come: it is a moment until a read is in the log.
    public var waiting = 0
    /// Reads whose window ended without a label, which became examples with the label that the service declares.
    public var missing = 0

    public init(service: String) { self.service = service }
}
