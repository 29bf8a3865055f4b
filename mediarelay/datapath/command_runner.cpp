// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/command_runner.hpp"

#include "mediarelay/datapath/flow_report.hpp"
#include "mediarelay/session/flow_latch.hpp"

namespace portcullis::relay {

namespace {

using CommandResult = WorkerCompletion::Result;

// After a change of what a flow is to do.
CommandResult changed(StageContext& context, FlowIndex flow, CommandResult result) {
    if (result != CommandResult::Done) return result;
    record(context, flow, StateRecord::State::Live);
    // A latch that a restored session brought may lead where control has not looked.
    const Flow& hot = context.sessions.flow(flow);
    if ((hot.tx_flags & kFlowSettled) != 0 && needs_next_hop(hot)) report_latch(context, flow);
    return result;
}

// What was found while staged is the latch now: control follows with the ways it keeps.
CommandResult committed(StageContext& context, FlowIndex flow, CommandResult result) {
    if (result != CommandResult::Done) return result;
    record(context, flow, StateRecord::State::Live);
    if ((context.sessions.flow(flow).tx_flags & kFlowSettled) != 0) report_latch(context, flow);
    return result;
}

struct Runner {
    StageContext& context;

    CommandResult operator()(const Barrier&) const { return CommandResult::Done; }
    CommandResult operator()(const InstallFlow& command) const {
        return changed(context, command.flow, context.sessions.install(command));
    }
    CommandResult operator()(const UpdateFlow& command) const {
        return changed(context, command.flow, context.sessions.update(command));
    }
    CommandResult operator()(const StageFlow& command) const {
        return context.sessions.stage(command);
    }
    CommandResult operator()(const CommitFlow& command) const {
        return committed(context, command.flow, context.sessions.commit(command));
    }
    CommandResult operator()(const RevertFlow& command) const {
        return changed(context, command.flow, context.sessions.revert(command));
    }
    CommandResult operator()(const RemoveFlow& command) const {
        const CommandResult result = context.sessions.remove(command);
        if (result == CommandResult::Done) {
            record(context, command.flow, StateRecord::State::Released);
        }
        return result;
    }
    CommandResult operator()(const SetLinks& command) const {
        return context.sessions.set_links(command);
    }
    CommandResult operator()(const SetNextHop& command) const {
        return context.sessions.set_next_hop(command);
    }
    CommandResult operator()(const SwapTables& command) const {
        context.tables = command.tables;
        context.bindings.fill(nullptr);
        for (const PortBinding& binding : command.tables->ports) {
            if (binding.port < context.bindings.size()) context.bindings[binding.port] = &binding;
        }
        return CommandResult::Done;
    }
};

}  // namespace

WorkerCompletion::Result run_command(StageContext& context, const CommandBody& body) {
    const CommandResult result = std::visit(Runner{context}, body);
    context.counters.commands.add(1);
    context.counters.flows.set(context.sessions.count());
    return result;
}

}  // namespace portcullis::relay
