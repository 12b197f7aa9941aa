extension AggregateWindow: CustomStringConvertible {
    /// `7d`, `7d ending 7d ago`, `lifetime`.
    public var description: String {
        let length = length?.description ?? "lifetime"
        return offset.microseconds == 0 ? length : "\(length) ending \(offset) ago"
    }
}
