extension Column {
    /// Bytes of the values in `range`, about as many as they take in a file before compression.
    ///
    /// Grows with the range. Complexity: O(1).
    public func byteCount(of range: Range<Int>) -> Int {
        switch type {
        case .bool: (range.count + 7) / 8
        case .string, .binary:
            range.count * 4 + Int(offsetElements[range.upperBound] - offsetElements[range.lowerBound])
        case .list:
            range.count
                + elementBytes(Int(offsetElements[range.lowerBound])..<Int(offsetElements[range.upperBound]))
        case .fixedSizeList(_, let size):
            range.count + elementBytes(range.lowerBound * size..<range.upperBound * size)
        default: range.count * (type.byteWidth ?? 0)
        }
    }

    private func elementBytes(_ elements: Range<Int>) -> Int { child?.byteCount(of: elements) ?? 0 }
}
