#pragma once

/*
 * Routes
 *
 * Which function answers which method and path. All of them are called with the lock of the simulator, fill the reply,
 * and answer 0, or a negative errno for a failure of ours, which becomes a 500.
 */

#include "tests/simulator/reply.h"
#include "tests/simulator/request.h"

typedef int (*RouteHandler)(Request *request, Reply *reply);

enum {
        ROUTE_ARGUMENTS = 2,
};

typedef struct Route {
        const char *method;
        const char *path;
        RouteHandler handler;
        bool (*offered)(const Settings *settings);      /* NULL: always */
        const char *arguments[ROUTE_ARGUMENTS];         /* that its query may have */
} Route;

/* The API */
int api_user_read(Request *request, Reply *reply);
int api_user_post(Request *request, Reply *reply);
int api_user_put(Request *request, Reply *reply);
int api_fob_read(Request *request, Reply *reply);
int api_fob_post(Request *request, Reply *reply);
int api_fob_put(Request *request, Reply *reply);
int api_door_read(Request *request, Reply *reply);
int api_door_post(Request *request, Reply *reply);
int api_doorstate_read(Request *request, Reply *reply);
int api_schedule_read(Request *request, Reply *reply);
int api_accesslevel_read(Request *request, Reply *reply);
int api_uservalidate_post(Request *request, Reply *reply);
int api_credential_read(Request *request, Reply *reply);
int api_credential_post(Request *request, Reply *reply);
int api_credentialsummary_read(Request *request, Reply *reply);
int api_events_read(Request *request, Reply *reply);
int api_fobcheck_read(Request *request, Reply *reply);
int api_nextcardnum_read(Request *request, Reply *reply);
int api_ping(Request *request, Reply *reply);

/* The administration */
int admin_users_get(Request *request, Reply *reply);
int admin_users_post(Request *request, Reply *reply);
int admin_users_patch(Request *request, Reply *reply);
int admin_users_delete(Request *request, Reply *reply);
int admin_levels_get(Request *request, Reply *reply);
int admin_levels_post(Request *request, Reply *reply);
int admin_levels_patch(Request *request, Reply *reply);
int admin_levels_delete(Request *request, Reply *reply);
int admin_doors_get(Request *request, Reply *reply);
int admin_doors_post(Request *request, Reply *reply);
int admin_doors_patch(Request *request, Reply *reply);
int admin_doors_delete(Request *request, Reply *reply);
int admin_schedules_get(Request *request, Reply *reply);
int admin_schedules_post(Request *request, Reply *reply);
int admin_schedules_patch(Request *request, Reply *reply);
int admin_schedules_delete(Request *request, Reply *reply);
int admin_credentials_get(Request *request, Reply *reply);
int admin_credentials_post(Request *request, Reply *reply);
int admin_credentials_patch(Request *request, Reply *reply);
int admin_credentials_delete(Request *request, Reply *reply);
int admin_knocks_post(Request *request, Reply *reply);
int admin_events_post(Request *request, Reply *reply);
int admin_events_delete(Request *request, Reply *reply);
int admin_release_post(Request *request, Reply *reply);
int admin_requests_get(Request *request, Reply *reply);
int admin_requests_delete(Request *request, Reply *reply);
int admin_counters_get(Request *request, Reply *reply);
int admin_counters_delete(Request *request, Reply *reply);
int admin_settings_get(Request *request, Reply *reply);
int admin_settings_put(Request *request, Reply *reply);
int admin_faults_get(Request *request, Reply *reply);
int admin_faults_post(Request *request, Reply *reply);
int admin_faults_delete(Request *request, Reply *reply);
