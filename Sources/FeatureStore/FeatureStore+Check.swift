import Columnar

extension FeatureStore {
    /// Looks for damage: in the catalog, in segments, in the hot log and in the online store; and for files that nobody
    /// lists.
    ///
    /// Others may read and write meanwhile, but with `repairs` only read and push.
    ///
    /// - Parameters:
    ///   - views: just these; by default all that are defined or stored.
    ///   - isQuick: look only at the sizes of files and their footers, not at what they hold.
    ///   - repairs: do the safe thing about what is found; see `CheckReport.Problem.repair`.
    /// - Throws: `StoreError.unknown` if there is no such view.
    public func check(
        _ views: [String] = [], isQuick: Bool = false, repairs: Bool = false, progress: RowProgress? = nil
    ) throws -> CheckReport {
        let clock = ContinuousClock.now
        let writerLock = repairs ? try lockForWriting() : nil
        let definitions = try catalog.appliedDefinitions()?.definitions ?? Definitions()
        let online = Result { try onlineStoreIfPresent() }
        let check = StoreCheck(
            project: project, catalog: catalog, definitions: definitions, online: try? online.get(), isQuick: isQuick,
            progress: progress)
        let names = try viewsToCheck(views, definitions)
        let result = try check.run(names)
        var report = CheckReport(views: result.views)
        var findings = result.findings
        if case .failure(let error) = online { findings.append(.online(view: nil, "\(error)")) }
        // Files that are being written are listed nowhere, so orphans are sought only while nobody writes.
        let locks = (
            writerLock ?? (try? lockForWriting()), try? WriterLock(path: project.hotLogLockPath, waits: repairs)
        )
        try withExtendedLifetime(locks) {
            if locks.0 != nil, locks.1 != nil {
                findings += try check.orphans().filter { views.isEmpty || $0.isOf(views) }
                report.orphansSought = true
            }
            let repair = StoreRepair(check)
            for finding in findings {
                var problem = CheckReport.Problem(finding, isRepaired: repairs)
                if repairs, let outcome = try repair.repair(finding) {
                    problem.repair = outcome.text
                    problem.filesToIngest = outcome.filesToIngest
                }
                report.problems.append(problem)
            }
            if repairs {
                for (record, checksum) in result.checksums { try catalog.setChecksum(checksum, of: record) }
                report.checksumsAdded = result.checksums.count
            }
        }
        report.seconds = (ContinuousClock.now - clock).inSeconds
        return report
    }

    private func viewsToCheck(_ asked: [String], _ definitions: Definitions) throws -> [String] {
        let stored = try catalog.allStoredViews()
        let all = definitions.featureViews.map(\.name)
        let known = all + stored.filter { !all.contains($0) }
        for name in asked where !known.contains(name) {
            throw StoreError.unknown(
                kind: "feature view", name: name, suggestion: Spelling.nearest(to: name, in: known))
        }
        return asked.isEmpty ? known : asked
    }
}

extension StoreCheck.Finding {
    fileprivate func isOf(_ views: [String]) -> Bool {
        switch self {
        case .orphan(let view, _, _), .unknownHistory(let view, _): views.contains(view)
        case .catalog, .segment, .batch, .online: true
        }
    }
}

extension CheckReport.Problem {
    /// - Parameter isRepaired: whether something is going to be done about it, and need not be advised.
    fileprivate init(_ finding: StoreCheck.Finding, isRepaired: Bool) {
        switch finding {
        case .catalog(let text):
            self.init(place: .catalog, problem: text, advice: "restore the project from a backup")
        case .segment(let segment, let damage):
            self.init(
                place: .segment, view: segment.record.view,
                file: ".fstore/offline/\(segment.record.view)/\(segment.record.file)", kind: damage.kind,
                problem: damage.text,
                advice: damage.kind == .inaccessible ? "make it readable" : isRepaired ? nil : Self.toRepair)
        case .batch(let batch, let view, let text):
            self.init(
                place: .push, view: view, problem: "push \(batch.sequence): \(text)",
                advice: isRepaired ? nil : Self.toRepair)
        case .online(let view, let text):
            self.init(
                place: .online, view: view, problem: text,
                advice: view.map { "'fstore materialize \($0) --full' builds it anew from history" })
        case .orphan(let view, let file, let bytes):
            self.init(
                place: .orphan, view: view, file: ".fstore/offline/\(view)/\(file)",
                problem: "no snapshot lists it (\(bytes) bytes)", advice: isRepaired ? nil : Self.toRepair)
        case .unknownHistory(let view, let files):
            self.init(
                place: .catalog, view: view, file: ".fstore/offline/\(view)",
                problem:
                    "\(files) files of history lie here, and the catalog knows nothing of any view: it is not the one that "
                    + "they were written with",
                advice: "restore .fstore/catalog.sqlite from a backup, before anything is applied or ingested")
        }
    }

    private static let toRepair = "'fstore check --repair' sees to it"
}
