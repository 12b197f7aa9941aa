import Columnar

/// Labels of reads, and the examples that they make.
extension FeatureStore {
    /// Takes labels in, durably, and brings them to their reads.
    ///
    /// - Throws: `LogError.noLabel`, and for a label that cannot be one, before any is taken in.
    @discardableResult
    public func label(_ service: String, _ labels: [Label]) throws -> LabelSummary {
        let (log, label) = try labelledLog(of: service)
        for given in labels { try given.check(label) }
        try log.append(labels, clock: clock)
        var summary = try join(log, label)
        summary.labels = labels.count
        return summary
    }

    /// Takes in the labels of a table: `request_id`, `value` (or the label's own name), and if need be `weight`.
    ///
    /// - Parameter origin: how messages name the table.
    @discardableResult
    public func label(_ service: String, table: Table, origin: String) throws -> LabelSummary {
        let declared = try declaredLabel(of: service)
        return try label(service, try LabelTable(table, of: declared, origin: origin).labels)
    }

    /// Takes labels in, durably, and leaves it to whoever reads examples next to bring them to their reads.
    package func takeLabels(_ service: String, _ labels: [Label]) throws {
        let (log, label) = try labelledLog(of: service)
        for given in labels { try given.check(label) }
        try log.append(labels, clock: clock)
    }

    /// As above, for labels that come as a table.
    package func takeLabels(_ service: String, table: Table, origin: String) throws {
        let declared = try declaredLabel(of: service)
        try takeLabels(service, try LabelTable(table, of: declared, origin: origin).labels)
    }

    /// Brings labels that came to their reads, and gives reads whose window has ended the label of those that lack one.
    @discardableResult
    public func settleLabels(of service: String) throws -> LabelSummary {
        let (log, label) = try labelledLog(of: service)
        return try join(log, label)
    }

    /// The examples of a service for a consumer, from the first that it has not committed on.
    ///
    /// Vectors of examples are encoded by the newest of the service's fitted encoders, if it has some.
    ///
    /// - Parameter position: the last example that the consumer has made use of, if it keeps that itself.
    /// - Throws: `LogError.noLabel`, `LogError.beyondEnd`.
    public func examples(
        of service: String, for consumer: String, after position: Int64? = nil
    ) throws -> ExampleStream {
        let (log, label) = try labelledLog(of: service)
        let encoders = try newestEncoderVersion(of: service).map { try encoderState(of: service, version: $0) }
        return try ExampleStream(
            log, service: service, consumer: consumer, label: label, encoders: encoders, after: position, clock: clock)
    }

    /// Notes how far a consumer is, back or forth.
    public func commitExamples(of service: String, for consumer: String, position: Int64) throws {
        let (log, _) = try labelledLog(of: service)
        try log.commit(position, of: consumer, from: nil, at: clock())
    }

    /// The label that a service declares.
    public func declaredLabel(of service: String) throws -> ServiceLabel {
        let declared = try declaredService(service, in: try definitions())
        guard declared.log != nil else { throw LogError.notDeclared(service: service) }
        guard let label = declared.label else { throw LogError.noLabel(service: service) }
        return label
    }

    private func labelledLog(of service: String) throws -> (LogDatabase, ServiceLabel) {
        let label = try declaredLabel(of: service)
        let folder = project.logFolder(of: service)
        guard !isReadOnly, let log = try LogDatabase(folder: folder, isReadOnly: false) else {
            throw CatalogError.notWritable(path: folder, reason: "permission denied")
        }
        return (log, label)
    }

    private func join(_ log: LogDatabase, _ label: ServiceLabel) throws -> LabelSummary {
        var join = LabelJoin(log, label: label, now: clock())
        return try join.run()
    }
}

extension ServiceLabel {
    /// The columns that labels come in.
    package var columns: [PushColumn] {
        [
            PushColumn(name: "request_id", commonName: "request_id", type: .string, isOptional: false),
            PushColumn(name: "value", commonName: name, type: type, isOptional: false),
            PushColumn(name: "weight", commonName: "weight", type: .float64, isOptional: true),
        ]
    }
}
